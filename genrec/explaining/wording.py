"""Claims as plain template sentences; also the statements that a model is given to word."""

from collections.abc import Sequence

from genrec.explaining.claims import Claim
from genrec.explaining.names import YEAR_FIELDS, Names
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
        """One reason: sentences one after the other; `form` picks among the wordings."""
        parts = [self.clauses(claim) for claim in claims]
        return " ".join(_finished(forms[form % len(forms)]) for forms in parts)

    def statements(self, claims: Sequence[Claim]) -> list[str]:
        """One short sentence a claim."""
        return [_finished(self.clauses(claim)[0]) for claim in claims]

    def _history(self, claim: Claim) -> list[str]:
        assert claim.value is not None
        verb = words(claim.value)
        tail = " " + verb.tail.format(your="your") if verb.tail else ""
        return [f"you {verb.past} {self.title(claim.item)}{tail}"]

    def _attribute(self, claim: Claim) -> list[str]:
        field, value = claim.field or "", claim.value or ""
        if field in YEAR_FIELDS:
            return [f"this is from {value}", f"this was released in {value}"]
        if field in BY_FIELDS:
            return [f"this is by {value}", f"the {field_word(field)} of this is {value}"]
        return [f"this has the {field_word(field)} {value}", f"the {field_word(field)} of this is {value}"]

    def _shared(self, claim: Claim) -> list[str]:
        field, value, title = claim.field or "", claim.value or "", self.title(claim.item)
        if field in YEAR_FIELDS:
            return [f"this is from {value}, like {title}", f"like {title}, this is from {value}"]
        name = field_word(field)
        return [f"this shares the {name} {value} with {title}", f"like {title}, this has the {name} {value}"]

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
        whose = "your" if claim.field == "user" else "the"
        return [f'this matches {whose} search "{claim.value}"', f'{whose} search "{claim.value}" found this']

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
