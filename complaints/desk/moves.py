"""Every move at the desk: its words, its form and its verb, in one table. The page lists it, one view runs it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints import closing, contesting, correspondence, drafting, pausing, routing
from complaints.actions import Case
from complaints.desk import forms
from complaints.desk.forms import MoveForm


@dataclass(frozen=True)
class Doing:
    """How a move is made at the desk.

    `at_once`: a button on the query's page, for nothing is to be said; else a page with the form. `group` says under
    which heading it stands; `weight` which of those possible is the next step (the greatest).
    """

    verb: Callable[..., Any]
    form: type[MoveForm]
    title: Any
    done: Any
    group: str
    hint: Any = ""
    weight: int = 0
    at_once: bool = False
    grave: bool = False

    def do(self, form: MoveForm) -> None:
        """Call the verb with what the form has; raises what the verb refuses."""
        case = form.case
        self.verb(case.complaint, by=case.by, at=case.at, seen=form.cleaned_data["version"], **form.inputs())


def _verify(complaint: Any, *, seen: int, **inputs: Any) -> None:
    """The word in the message proves the same whatever else happened meanwhile."""
    correspondence.verify_contact(complaint, **inputs)


ANSWER, CITIZEN, HANDS, CHECK = "answer", "citizen", "hands", "check"
GROUPS: dict[str, Any] = {
    ANSWER: _("The answer"),
    CITIZEN: _("What the citizen says"),
    HANDS: _("Who handles it"),
    CHECK: _("Checking"),
}

DOINGS: dict[str, Doing] = {
    "route": Doing(
        routing.route,
        forms.RouteForm,
        _("Choose category and section"),
        _("Category and section are set."),
        HANDS,
        weight=20,
    ),
    "transfer": Doing(
        routing.transfer,
        forms.TransferForm,
        _("Offer to another department"),
        _("Offered. Until it is accepted, you still owe every date."),
        HANDS,
        hint=_("The citizen's dates do not change, and you owe them until the other department accepts."),
    ),
    "accept_transfer": Doing(
        routing.accept_transfer,
        MoveForm,
        _("Take it over"),
        _("Taken over with all its dates."),
        HANDS,
        weight=90,
        at_once=True,
    ),
    "return_transfer": Doing(
        routing.return_transfer, forms.ReturnForm, _("Return it"), _("Returned to the sender."), HANDS, weight=10
    ),
    "accept": Doing(
        routing.accept,
        MoveForm,
        _("Accept: I own the answer"),
        _("You own the answer."),
        HANDS,
        weight=60,
        at_once=True,
    ),
    "reassign": Doing(
        routing.reassign, forms.ReassignForm, _("Give it to another person"), _("Given to the new owner."), HANDS
    ),
    "draft": Doing(
        drafting.draft, forms.DraftForm, _("Write the draft"), _("The draft is written."), ANSWER, weight=40
    ),
    "approve": Doing(
        drafting.approve,
        MoveForm,
        _("Approve the draft"),
        _("Approved. It can be sent."),
        ANSWER,
        weight=80,
        at_once=True,
    ),
    "send_back": Doing(
        drafting.send_back, forms.SendBackForm, _("Send the draft back"), _("Sent back to its author."), ANSWER
    ),
    "send": Doing(
        drafting.send,
        MoveForm,
        _("Send the answer"),
        _("Sent to the citizen."),
        ANSWER,
        hint=_("The letter goes out as it stands below."),
        weight=70,
    ),
    "ask": Doing(correspondence.ask, forms.AskForm, _("Ask the citizen"), _("The question is on its way."), ANSWER),
    "interim": Doing(
        correspondence.interim, forms.InterimForm, _("Announce a delay"), _("The citizen is told the new date."), ANSWER
    ),
    "call": Doing(correspondence.call, forms.CallForm, _("Record a call"), _("The call is recorded."), ANSWER),
    "deliver": Doing(
        correspondence.deliver,
        forms.DeliverForm,
        _("Record a delivery"),
        _("The delivery is recorded."),
        ANSWER,
        hint=_("For letters that a person reads out, hands over or posts."),
    ),
    "conclude": Doing(
        closing.conclude,
        forms.ConcludeForm,
        _("State the outcome"),
        _("Concluded. The citizen is told how to object."),
        ANSWER,
        weight=30,
    ),
    "hand_over": Doing(
        closing.hand_over,
        MoveForm,
        _("Hand over to monitoring"),
        _("Handed over to monitoring."),
        ANSWER,
        weight=65,
        at_once=True,
    ),
    "note": Doing(correspondence.note, forms.NoteForm, _("Write an internal note"), _("The note is written."), ANSWER),
    "write": Doing(
        correspondence.citizen_writes,
        forms.WriteForm,
        _("Take down what the citizen says"),
        _("Taken down."),
        CITIZEN,
    ),
    "contest_pause": Doing(
        pausing.contest_pause,
        MoveForm,
        _("The citizen contests the pause"),
        _("Contested. Monitoring judges it, and until then the clock runs."),
        CITIZEN,
        hint=_("The citizen says that the question was not needed, or was answered already."),
    ),
    "contest_answer": Doing(
        contesting.contest_answer,
        forms.ContestAnswerForm,
        _("The citizen says: this is no answer"),
        _("Contested. Monitoring judges whether it is an answer."),
        CITIZEN,
        hint=_("Within ten working days the citizen may say that the last answer does not answer what was asked."),
    ),
    "confirm": Doing(
        closing.confirm,
        MoveForm,
        _("The citizen confirms"),
        _("Confirmed."),
        CITIZEN,
        hint=_("The citizen says that what was promised happened. The closure then holds."),
    ),
    "object": Doing(
        closing.object_to,
        forms.ObjectForm,
        _("Open it again"),
        _("Open again, with its old dates."),
        CITIZEN,
        hint=_("The citizen objects, or what was promised did not happen."),
        grave=True,
    ),
    "rate": Doing(
        closing.rate,
        forms.RateForm,
        _("Take down a rating"),
        _("The rating is taken down."),
        CITIZEN,
        hint=_("Read the questions out as they stand. What the citizen does not answer stays open."),
    ),
    "withdraw": Doing(
        closing.withdraw,
        forms.WithdrawForm,
        _("The citizen withdraws"),
        _("Withdrawn. Monitoring checks why."),
        CITIZEN,
        grave=True,
    ),
    "verify": Doing(_verify, forms.VerifyForm, _("Verify the address"), _("The address is verified."), CITIZEN),
    "judge_pause": Doing(
        pausing.judge_pause, forms.JudgePauseForm, _("Judge the pause"), _("The pause is judged."), CHECK, weight=85
    ),
    "judge_answer": Doing(
        contesting.judge_answer,
        forms.JudgeAnswerForm,
        _("Judge the answer"),
        _("The answer is judged."),
        CHECK,
        hint=_("Read what was asked and what was answered. Until you have judged, it does not count as an answer."),
        weight=84,
    ),
    "sign_off": Doing(
        closing.sign_off,
        MoveForm,
        _("Sign off"),
        _("Signed off. The query has ended."),
        CHECK,
        hint=_("You have checked that what was promised happened."),
        weight=50,
    ),
}


def form_for(move: str, case: Case, data: Any = None, **begun: Any) -> MoveForm:
    """Return the form of a move: with what was typed, or ready to be filled in, fields that are `begun` with that."""
    return DOINGS[move].form(case, data, initial={"version": case.complaint.version, **begun})
