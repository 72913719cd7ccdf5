"""How fast Jawab is: run by script/bench, never by the tests."""
