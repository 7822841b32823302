"""What a turn thinks of each thing it speaks of: wanted, unwanted, fine again, asked for no more, known."""

import re
from collections.abc import Sequence
from typing import Literal

from genrec.dialogue.mentions import Mention
from genrec.dialogue.text import Turn

Attitude = Literal["for", "against", "allow", "drop", "seen", "none"]

_MILD = re.compile(
    r"\b(?:not only|not just|not necessarily|why not|if not|not bad|cant get enough(?: of)?|"
    r"cannot get enough(?: of)?|never get tired of"
    r"|(?:dont|doesnt|wouldnt|do not) mind|no problem|nothing against|not a problem|no preference|"
    r"no idea|not sure|dont know"
    r"|cant wait|never seen|havent seen|not seen|never watched|(?:dont|do not) care|no more than|"
    r"no less than|not too sure|cant decide|cant remember)\b"
)
_NOT = re.compile(
    r"\b(?:(?:any|every)(?:thing|one)?(?: \w+)? but|not|no|non|without|except(?: for)?|excluding|"
    r"exclude|excludes|avoid(?:ing)?|skip|hate[sd]?|hating|dislike[sd]?|disliking|despise[ds]?|"
    r"loathe[ds]?"
    r"|dont|doesnt|didnt|isnt|arent|wasnt|wont|wouldnt|cant|cannot|never|nothing|neither|nor|minus|"
    r"less|tired of|sick of|bored (?:of|with|by)"
    r"|fed up with|enough|other than|rather than|instead of|leave out|rule out|apart from|aside from|"
    r"allergic to|too much|too many|nope|keep out"
    r"|had it with|over with|stay away from|steer clear of|free of|bar|none of|no longer|cut out|"
    r"besides|turned off by|put off by|detest(?:ed)?)\b"
)
_BACK = re.compile(
    r",|\b(?:but|instead|something|give me|show me|find me|(?:i|we|id|ill|he|she) (?:do |really |"
    r"just |also |now |actually |only )*(?:want|like|love|loved|liked|prefer|need|would|enjoy|"
    r"enjoyed|look)"
    r"|just|only|rather|make it|looking for|more|yes|please|and (?:i|something|also|some)|recommend|"
    r"suggest)\b"
)
_ENUMERATED = re.compile(r"^ ?, (?:\w+ ){0,2}(?:or|nor) (?:\w+ )?$")
_AGAIN = re.compile(
    r"\b(?:(?:dont|doesnt|wouldnt|do not) mind(?: (?:some|a bit of|a little))?|nothing against|"
    r"no problem with|okay with|ok with|fine with|open to|allow(?:ing)?"
    r"|bring back|put back|add back|bring|changed my mind (?:about|on)|"
    r"give .{0,10}chance to)(?: (?:the|some|any|a|in|more))*$"
)
_FINE = re.compile(
    r"^(?:(?:films|movies|ones|stuff|items) )?(?:(?:is|are|would be|can be|s|might be|does|"
    r"do) )?(?:also |actually |totally |perfectly |quite |now |all |just )*"
    r"(?:fine|ok|okay|alright|right|allowed|welcome|acceptable|not a problem|no problem|good too|"
    r"back|stay|possible|after all|again)\b"
    r"|^can (?:come back|be included|stay)"
)
_AWAY = re.compile(
    r"\b(?:forget(?: about)?|drop|remove|scrap|cancel|ignore|no longer|lift|delete|undo|clear|"
    r"get rid of|take (?:away|off|out)|never ?mind(?: about)?|stop (?:filtering|limiting)(?: \w+)?"
    r"|(?:doesnt|dont|does not|do not|neednt) (?:have|need) to be|not necessarily|need not be|"
    r"no need for(?: it to be)?|isnt necessary)(?: (?:the|that|my|all|any|from|limit|filter|"
    r"restriction|on|to|about|only|a|an|it|be|in))*$"
)
_MATTERS_NOT = re.compile(
    r"^(?:(?:films|movies|ones|thing|part|bit|genre|brand|colou?r|category|constraint|filter|limit|"
    r"requirement|restriction|rule) )*(?:anymore$|(?:doesnt|does not|no longer|dont|"
    r"do not) (?:matter|need)|(?:is|are) (?:no longer|not) (?:important|needed|necessary|required)|"
    r"isnt (?:important|needed|necessary|required)|not needed)"
)
_BAD = re.compile(
    r"^(?:(?:films|movies|ones|stuff|thing) )?(?:(?:is|are|was|were|s|seems?|felt|bored|"
    r"left) )?(?:really |so |way |just |pretty |a bit |far |very |kind of |absolutely )*"
    r"(?:not (?:for me|my|good|great|so much)|no thanks|nah|isnt (?:for me|my)|wasnt (?:for me|my|"
    r"good)|arent (?:for me|my)|is not|are not|was not|too \w+|awful|terrible|boring|bored me|bad|"
    r"dull|horrible|dreadful|overrated|bores? me"
    r"|scares? me|out\b(?! of)|sucks?|sucked|the worst|a disappointment|disappointing|cold|excluded|"
    r"didnt|did not|rubbish|annoying|off the table|meh)\b"
)
_SEEN = re.compile(
    r"\b(?:already (?:seen|saw|watched|own|have|know|bought|read|got)|(?:have|ive|weve|"
    r"had) (?:already |just |both )?(?:seen|watched|got)|i (?:own|have|know|saw|got)|seen)(?: (?:the|"
    r"a|an|both|film|movie|already))*$"
)
_SEEN_RIGHT = re.compile(
    r"^(?:,? ?(?:is |but )?(?:ive|i have|i) (?:already )?(?:seen|saw|watched|have|know|own)|already|before\b)"
)
_LOVED = re.compile(
    r"\b(?:like|likes|liked|love|loved|loves|loving|adore|adored|enjoy|enjoyed|favou?rites?|fan|"
    r"similar|great|into|obsessed)\b"
)
_GLUE = re.compile(
    r"^(?:(?:,|and|or|nor|/|\+|the|a|an|any|also|even|of|films?|movies?|ones?|both|either|neither|"
    r"as well as|plus|some|other|really|too|to|for|with|in|\"|“|”|'|by) ?)*$"
)


def attitudes(turn: Turn, mentions: Sequence[Mention]) -> list[Attitude]:
    """The attitude to each of the mentions of a turn, which are in the order they stand."""
    found: list[Attitude] = []
    for place, each in enumerate(mentions):
        before = mentions[place - 1].stop if place else 0
        begin = max(before, turn.sentence_start(each.start))
        left = turn.part(begin, each.start)
        following = mentions[place + 1].start if place + 1 < len(mentions) else len(turn.tokens)
        right = turn.part(each.stop, min(following, turn.sentence_stop(each.stop)))
        is_kin = place > 0 and (each.kind != "range" or mentions[place - 1].kind == "range")
        earlier = found[-1] if is_kin and begin == before and each.start > 0 else None
        found.append(_attitude(left, right, earlier, each))
    return _told_together(turn, mentions, found)


def _attitude(left: str, right: str, earlier: Attitude | None, mention: Mention) -> Attitude:
    if _AWAY.search(left) or (_MATTERS_NOT.search(right) and mention.kind in ("value", "range")):
        return "drop"
    if _AGAIN.search(left) or (mention.kind == "value" and _FINE.search(right)):
        return "allow"
    if mention.kind in ("title", "reference"):
        if _SEEN.search(left) and not _LOVED.search(left + " " + right):
            return "seen" if not is_negated(left) else "none"
        if _SEEN_RIGHT.search(right):
            return "seen"
    if is_negated(left) or (mention.kind == "value" and left.endswith("too")):
        return "against"
    if _BAD.search(right):
        return "against"
    if earlier is not None and _GLUE.search(_BAD.sub("", left).strip() + " "):
        return earlier
    return "for"


def is_negated(left: str) -> bool:
    """Whether what stands before a thing denies it: the last denial that nothing takes back."""
    left = _MILD.sub(lambda match: "_" * len(match.group()), left)
    denials = list(_NOT.finditer(left))
    if not denials:
        return False
    rest = left[denials[-1].end() :]
    if _ENUMERATED.search(rest + " "):
        return True
    near = re.sub(
        r"^ (?:really |to |be |want |like |give me |show me |recommend |suggest |need |anything |"
        r"something |any |more |see |me |just |only )+",
        " ",
        rest,
    )
    return not _BACK.search(near)


def _told_together(turn: Turn, mentions: Sequence[Mention], found: list[Attitude]) -> list[Attitude]:
    """What is said behind a list counts for all of it: Alien and Fargo were boring."""
    for place in range(len(mentions) - 2, -1, -1):
        gap = turn.part(mentions[place].stop, mentions[place + 1].start)
        is_list = bool(re.fullmatch(r"(?:,|and|or|, and|, or|/|nor)", gap))
        if is_list and found[place] == "for" and found[place + 1] in ("allow", "drop", "seen", "against"):
            left = turn.part(max(0, mentions[place + 1].stop), len(turn.tokens))
            if (
                _FINE.search(left)
                or _BAD.search(left)
                or _MATTERS_NOT.search(left)
                or _SEEN_RIGHT.search(left)
            ):
                found[place] = found[place + 1]
    return found
