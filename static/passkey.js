// Asks the browser for a passkey and sends its answer with the form. The button appears only where this runs.
(() => {
  'use strict'
  const button = document.getElementById('passkey-button')
  const problem = document.getElementById('passkey-problem')
  const credential = document.getElementById(button.dataset.credential)
  const data = JSON.parse(document.getElementById('passkey-data').textContent)
  const ask = {
    add: () => window.webauthnJSON.create(data.creation_options),
    authenticate: () => window.webauthnJSON.get(data.request_options)
  }[button.dataset.passkey]

  document.getElementById('passkey').hidden = false
  button.addEventListener('click', async (event) => {
    event.preventDefault()
    problem.hidden = true
    button.disabled = true
    try {
      credential.value = JSON.stringify(await ask())
      credential.form.submit()
    } catch {
      problem.hidden = false
      button.disabled = false
    }
  })
})()
