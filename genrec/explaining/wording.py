"""Claims as plain template sentences; also the statements that a model is given to word."""

from collections.abc import Sequence

from genrec.explaining.claims import Claim
from genrec.explaining.names import Names
from genrec.explaining.verbs import words

BY_FIELDS = ("brand", "author", "authors", "artist", "maker", "manufacturer", "publisher")
_SINGULAR = {
    "genres": "genre",
    "categories": "category",
    "tags": "tag",
    "brands": "brand",
    "authors": "author",
}


def field_word(field: str) -> str:
    """A field's name in the singular, as a sentence writes it."""
    return _SINGULAR.get(field, field.replace("_", " "))


def plural(word: str) -> str:
    """A field word in the plural."""
    return word[:-1] + "ies" if word.endswith("y") else word + "s"


class Wording:
    """Writes claims in English; `quoted` puts every title between quotation marks."""

    def __init__(self, names: Names, *, quoted: bool = False) -> None:
        self.names, self.quoted = names, quoted

    def title(self, item: int | None) -> str:
        """A title, between quotation marks where it could be taken for words of the sentence."""
        assert item is not None
        shown = self.names.shown[item]
        return f'"{shown}"' if self.quoted or not _stands_alone(shown) else shown

    def clauses(self, claim: Claim) -> list[str]:
        """Wordings of one claim, without capital and full stop."""
        return getattr(self, "_" + claim.relation.replace("-", "_"))(claim)  # type: ignore[no-any-return]

    def sentence(self, claims: Sequence[Claim], *, form: int = 0) -> str:
        """One reason; `form` picks among the wordings. Shared claims are values of one field of one item."""
        search = [each for each in claims if each.relation == "search"]
        link = [each for each in claims if each.relation in ("shared", "co-occurrence")]
        told = next((each for each in claims if each.relation == "history"), None)
        if told is not None and link:
            forms = self._linked(link, told)
        elif link:
            forms = self._shared_values(link) if link[0].relation == "shared" else self.clauses(link[0])
        else:
            forms = self.clauses(claims[-1])
        clause = forms[form % len(forms)]
        if search and claims[-1].relation != "search":
            clause = self._with_search(search[0], self._predicate(claims[-1], link, told))
        return _finished(clause)

    def _linked(self, link: Sequence[Claim], told: Claim) -> list[str]:
        """A link to a history item, and what the user did to it."""
        cited = f"{self.title(told.item)}, which {self._did(told)},"
        if link[0].relation == "shared":
            return self._shared_values(link, cited)
        claim, did = link[0], words(link[0].value or "").past
        if told.value != claim.value:
            many = f"{claim.count} of the {claim.of} other people who {did} it also {did} this"
            return [f"{self.clauses(told)[0]}, and {many}"]
        many = f"{claim.count} of the {claim.of} other people"
        return [
            f"{self.clauses(told)[0]}, and {many} who {did} it also {did} this",
            f"{many} who, like you, {did} {self.title(claim.item)} also {did} this",
        ]

    def _predicate(self, claim: Claim, link: Sequence[Claim], told: Claim | None) -> str:
        """What is said of the recommended item, after its subject."""
        if claim.relation == "attribute":
            return self.clauses(claim)[0].removeprefix("this ")
        cited = self.title(claim.item)
        if claim.relation == "shared":
            aside = f", which {self._did(told)}" if told else ""
            return self._shared_values(link, cited + aside)[0].removeprefix("this ").rstrip(",")
        verb = words(claim.value or "")
        who = (
            f"who, like you, {verb.past} {cited}"
            if told and told.value == claim.value
            else f"who {verb.past} {cited}"
        )
        if told and told.value != claim.value:
            who += f", which {self._did(told)}"
        return f"was {verb.participle} by {claim.count} of the {claim.of} other people {who}"

    def _with_search(self, claim: Claim, predicate: str) -> str:
        return f"{self._search(claim)[0]}, and {predicate}"

    @staticmethod
    def _did(claim: Claim) -> str:
        verb = words(claim.value or "")
        return f"you {verb.past} {verb.tail.format(your='your')}".rstrip()

    def statements(self, claims: Sequence[Claim]) -> list[str]:
        """One short sentence a claim, the shared values of one item together."""
        shared = [claim for claim in claims if claim.relation == "shared"]
        told = [self.clauses(claim)[0] for claim in claims if claim.relation != "shared"]
        return [_finished(each) for each in told + (self._shared_values(shared)[:1] if shared else [])]

    def _history(self, claim: Claim) -> list[str]:
        assert claim.value is not None
        verb = words(claim.value)
        tail = " " + verb.tail.format(your="your") if verb.tail else ""
        return [f"you {verb.past} {self.title(claim.item)}{tail}"]

    def _attribute(self, claim: Claim) -> list[str]:
        field, value = claim.field or "", claim.value or ""
        if field in BY_FIELDS:
            return [f"this is by {value}"]
        return [f"this has the {field_word(field)} {value}"]

    def _shared(self, claim: Claim) -> list[str]:
        return self._shared_values([claim])

    def _shared_values(self, claims: Sequence[Claim], cited: str = "") -> list[str]:
        """Values of one field in common with one item; `cited` is its name with what is told in passing."""
        cited = cited or self.title(claims[0].item)
        field, values = claims[0].field or "", " and ".join(each.value or "" for each in claims)
        if field in BY_FIELDS:
            forms = [
                f"this is by {values}, like {cited}",
                f"like {cited.rstrip(',')}, this is by {values}",
            ]
        else:
            name = field_word(field) if len(claims) == 1 else plural(field_word(field))
            forms = [
                f"this shares the {name} {values} with {cited}",
                f"like {cited.rstrip(',')}, this has the {name} {values}",
            ]
        return [each.rstrip(",") for each in forms]

    def _co_occurrence(self, claim: Claim) -> list[str]:
        title, did = self.title(claim.item), words(claim.value or "").past
        if claim.of == 1:
            return [f"the one other person who {did} {title} also {did} this"]
        return [
            f"{claim.count} of the {claim.of} other people who {did} {title} also {did} this",
            f"of the {claim.of} other people who {did} {title}, {claim.count} also {did} this",
        ]

    def _popularity(self, claim: Claim) -> list[str]:
        did = words(claim.value or "").past
        return [f"{claim.count} of {claim.of} other people {did} this"]

    def _search(self, claim: Claim) -> list[str]:
        asked = self.asked(claim)
        return [f"this matches {asked}", f"this was found by {asked}"]

    @staticmethod
    def asked(claim: Claim) -> str:
        """A search and whose it is: the user's own, or what a model guessed that they might look for."""
        whose = "your search" if claim.field == "user" else "our guess at your next search,"
        return f'{whose} "{claim.value}"'

    def _neighbours(self, claim: Claim) -> list[str]:
        did = words(claim.value or "").past
        return [
            f"{claim.count} of the {claim.of} people with a history like yours {did} this",
            f"of the {claim.of} people with a history like yours, {claim.count} {did} this",
        ]


_SMALL = frozenset(
    (
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "de",
        "la",
        "le",
        "et",
    )
)


def _stands_alone(title: str) -> bool:
    """Whether a title reads as a name without quotation marks: a few capitalised words or numbers."""
    parts = title.split()
    if len(parts) > 6 or any(sign in title for sign in ".,;!?…|()[]{}"):
        return False
    return all(part[0].isupper() or part[0].isdigit() or part in _SMALL or part == "&" for part in parts)


def _finished(clause: str) -> str:
    return clause[0].upper() + clause[1:] + "."
