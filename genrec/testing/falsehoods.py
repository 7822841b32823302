"""Sentences that are false of given facts, in ordinary English: what a check of reasons must refuse."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds of one recommended item and one user, and near it what does not.

    `count` of the `of` other users who liked `liked`, in the history, liked `recommended`; both have `value`.
    `rated` is in the history and was not liked; `unseen` is not in the history; `other_value` and
    `other_year` are not the recommended item's; `other_search` found nothing.
    """

    recommended: str
    liked: str
    rated: str
    unseen: str
    value: str
    other_value: str
    year: str
    other_year: str
    count: int
    of: int
    search: str
    other_search: str


PATTERNS: dict[str, tuple[str, ...]] = {
    "swapped title": (
        "You liked {unseen}.",
        "{count} of the {of} people who liked {unseen} also liked this.",
        "This shares the genre {value} with {unseen}.",
        "Like {unseen}, {recommended} is a {value}.",
        "{unseen} matches the search \"{search}\".",
        "{unseen} is a {value}, just like {liked}.",
        "Because you enjoyed {unseen}, you might like {recommended}.",
        "{count} of the {of} people who liked {liked} also liked {unseen}.",
    ),
    "wrong relation": (
        "You liked {rated}.",
        "You bought {liked}.",
        "You added {liked} to your cart.",
        "You wanted to see {liked}.",
        "You disliked {liked}.",
        "{count} of the {of} people who bought {liked} also bought this.",
        "You searched for {liked}.",
        "{liked} matches the search \"{search}\".",
        "You liked {liked} because it shares the genre {value} with {recommended}.",
    ),
    "wrong role": (
        "You liked {recommended}.",
        "The user chose {recommended}.",
        "You have already watched {recommended}.",
        "We recommend {liked} because you liked {recommended}.",
        "{count} of the {of} people who liked {recommended} also liked {liked}.",
        "{liked} is recommended because {count} of the {of} people who liked {recommended} liked it.",
        "{recommended} is in your history.",
        "This film is {liked}.",
        "{liked} is from {year} and you liked {recommended}.",
    ),
    "direction": (
        "{liked} liked you.",
        "{liked} watched you.",
        "{recommended} liked {liked}.",
        "{count} of the {of} people who liked this also liked {liked}.",
        "You were liked by {liked}.",
        "This liked {count} of the {of} people who liked {liked}.",
    ),
    "wrong attribute": (
        "This is a {other_value}.",
        "Like {liked}, this is a {other_value}.",
        "{recommended} shares the genre {other_value} with {liked}.",
        "Its genre is {other_value}.",
        "This film is both a {value} and a {other_value}.",
        "{recommended} and {liked} are both {other_value} films.",
        "This matches the search \"{other_search}\".",
    ),
    "wrong number": (
        "{of} of the {count} people who liked {liked} also liked this.",
        "{more} of the {of} people who liked {liked} also liked this.",
        "{count} of the {more_of} people who liked {liked} also liked this.",
        "All {of} people who liked {liked} also liked this.",
        "This was released in {other_year}.",
        "This is from {other_year}.",
        "Of the {of} people who liked {liked}, {fewer} also liked this.",
        "More than {of} people who liked {liked} also liked this.",
    ),
    "negation": (
        "You did not like {liked}.",
        "You never liked {liked}.",
        "This is not a {value}.",
        "You liked {liked}, but this is no {value}.",
        "None of the {of} people who liked {liked} liked this.",
        "{count} of the {of} people who liked {liked} did not like this.",
        "{count} of the {of} people who didn't like {liked} liked this.",
        "This doesn't match the search \"{search}\".",
        "Unlike {liked}, this is a {value}.",
        "This shares nothing with {liked}.",
        "Hardly anyone who liked {liked} liked this.",
    ),
    "invented fact": (
        "You liked {liked}, and this won three Oscars.",
        "This is a {value} directed by Steven Spielberg.",
        "You will love this because you liked {liked}.",
        "This costs only 9.99, and you liked {liked}.",
        "This is an award-winning {value}.",
        "{count} of the {of} people who liked {liked} also liked this, and critics agree.",
        "You liked {liked} twice.",
        "You liked {liked} last week.",
        "This is the sequel to {liked}.",
        "This is a {value} starring Tom Hanks.",
        "You liked {liked} and {unseen}.",
        "This is a {value} for the whole family.",
        "Your friends liked {liked} and this.",
    ),
    "wrong attachment": (
        "You liked {liked}, which matches the search \"{search}\".",
        "You liked {liked}, found by the search \"{search}\".",
        "{liked}, which you liked, matches the search \"{search}\".",
        "{liked}, a {value}, matches the search \"{search}\".",
        "{recommended}, which you liked, is a {value}.",
        "{recommended}, a film you liked, shares the genre {value} with {liked}.",
        "You liked {liked}, a {other_value}, and this is a {value}.",
        "You liked {liked}, a {value} from {other_year}.",
        "{recommended}, a {value} from {other_year}, matches the search \"{search}\".",
        "{recommended}, a {other_value}, matches the search \"{search}\".",
        "You liked {liked}, and it matches the search \"{search}\".",
        "You liked {liked}, and it's from {year}.",
        "You liked {liked}. Found by the search \"{search}\".",
        "You liked {liked}, liked by {count} of the {of} people who liked {recommended}.",
        "This {other_value} shares its genre with {liked}.",
        "The {other_value} {recommended} came out in {year}.",
        "{recommended} ({other_year}) is a {value}.",
        "{recommended}, which you and {count} people liked, is a {value}.",
    ),
    "wrong both": (
        "Both {recommended} and {liked} are {other_value} films.",
        "You liked {liked}, and both are {other_value} films.",
        "You liked {liked}; they both came out in {other_year}.",
        "Both {recommended} and {unseen} are {value} films.",
        "You liked both {liked} and {recommended}.",
        "You liked {liked} and {recommended}, and both are {value} films.",
        "Both were liked by you.",
        "Both {liked} and {recommended} match the search \"{search}\".",
        "{of} people liked both {liked} and {recommended}.",
        "{count} people liked both {unseen} and {recommended}.",
        "You liked both {liked} and {rated}.",
        "{liked} and {rated} are both {value} films.",
    ),
    "same as": (
        "This has the same genre as {unseen}.",
        "This has the same year as {liked}: {other_year}.",
        "This has the same genre as {liked}: {other_value}.",
        "This has the same director as {liked}.",
        "This has the same cast as {liked}.",
        "{recommended} is the same film as {liked}.",
        "You liked {liked}, and this is another {other_value}.",
        "You liked {unseen}, and this is another {value}.",
        "This is exactly like {liked}.",
        "{recommended} is like {liked}.",
        "{recommended} is similar to {liked}.",
    ),
    "swapped numbers": (
        "Among the {count} people who liked {liked}, {of} went on to like it too.",
        "{of} out of {count} people who liked {liked} also liked this.",
        "{count} people liked {liked}, and {of} of them also liked this.",
        "{count} people liked {liked}, {count} of whom liked this too.",
        "{count} of {count} people who liked {liked} also liked this.",
        "Of {of} people, {count} liked {liked} and this.",
        "{of} people who liked {liked} also liked this.",
        "You liked {liked}, as did {count} others, {of} of whom liked this.",
        "You liked {liked}, and {of} of the {count} others who did also liked this.",
        "{near_count} of the {of} people who liked {liked} also liked this.",
        "{count} of the {near_of} people who liked {liked} also liked this.",
        "{count} people out of {near_of} who liked {liked} liked this.",
        "{of} other people liked {liked}, and {near_count} of them liked this too.",
    ),
    "off by one": (
        "This was released in {next_year}.",
        "{recommended} is a {value} from {next_year}.",
        "A {next_year} {value} film.",
        "{recommended} ({last_year}) is a {value}.",
        "It came out in {last_year}.",
        "Released in {next_year}, {recommended} is a {value}.",
    ),
    "wrong search": (
        "{recommended} came up for the search \"{other_search}\".",
        "Found by the search \"{other_search}\", this is a {value}.",
        "This matches your search \"{search}\".",
        "You searched for \"{search}\", and this came up.",
        "This matches the searches \"{search}\" and \"{other_search}\".",
        "This came up for the search {search} by {count} people.",
        "Other people searched for \"{search}\" and found this.",
        "The search \"{liked}\" found this.",
        "The search \"{search}\" found {liked}.",
        "This only partly matches the search \"{search}\".",
        "The search \"{search}\" led you from {liked} to this.",
    ),
    "wrong person": (
        "{count} people liked {liked}.",
        "You were one of the {of} people who liked {liked}.",
        "You are one of the {count} people who liked this.",
        "You and {count} others liked {recommended}.",
        "You liked it, and so did {count} of the {of} people who liked {liked}.",
        "The other people liked {liked}, and you liked this.",
        "People who liked this also liked {liked}.",
        "We liked {liked}.",
        "They liked {liked}.",
        "{count} critics who liked {liked} also liked this.",
        "{count} of your friends who liked {liked} also liked this.",
        "Everyone who liked {liked} also liked this.",
        "The people who liked {liked} all liked this.",
        "{count} of the {of} people who liked {liked} liked it again.",
    ),
    "hedge": (
        "You might have liked {liked}.",
        "You would like {liked}.",
        "You may like {liked}.",
        "You probably liked {liked}.",
        "You almost liked {liked}.",
        "You loved {liked}.",
        "You rated {liked} highly.",
        "This is arguably a {value}.",
        "This is kind of a {value}.",
        "About {count} of the {of} people who liked {liked} also liked this.",
        "At least {count} of the {of} people who liked {liked} also liked this.",
        "Only {count} of the {of} people who liked {liked} also liked this.",
        "Nearly {of} people who liked {liked} also liked this.",
        "You liked {liked} a lot.",
        "This strongly matches the search \"{search}\".",
    ),
    "comparative": (
        "This is better than {liked}.",
        "You liked {liked}, and this is even funnier.",
        "This is the best {value} of {year}.",
        "Most of the people who liked {liked} liked this more.",
        "This is more of a {value} than {liked}.",
        "This is the most popular {value}.",
        "You liked {liked} more than {rated}.",
    ),
}  # fmt: skip


def false_sentences(facts: Facts) -> Iterator[tuple[str, str]]:
    """Kind and sentence, for every pattern."""
    year = int(facts.year)
    numbers = {
        "more": facts.count + 7,
        "fewer": facts.count - 2,
        "more_of": facts.of + 11,
        "near_count": facts.count + 1,
        "near_of": facts.of - 1,
        "next_year": year + 1,
        "last_year": year - 1,
    }
    for kind, patterns in PATTERNS.items():
        for pattern in patterns:
            yield kind, pattern.format_map(asdict(facts) | numbers)
