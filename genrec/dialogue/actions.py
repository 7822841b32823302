"""What a turn wants done: a list, a search, a reason, likenesses; or talk, or what is not answered here."""

import re
from collections.abc import Sequence
from dataclasses import replace

from genrec.dialogue.intents import Intent
from genrec.dialogue.text import Turn

_HOSTILE = re.compile(
    r"\b(?:show|tell|give|list)(?: me)? (?:\w+ ){0,2}(?:everything|all|anything|things|items|films|"
    r"movies|what) (?:that )?(?:user|customer) \S+ (?:has|have|did|watched|bought|rated)"
    r"|\b(?:which|what|who are the|list) (?:users|customers|people) (?:live|are|have|who|that|from|"
    r"with|bought|watched)|\bhidden (?:rules|prompt|instructions)|\bapi keys\b|### |\b(?:developer|"
    r"system|admin) (?:message|override|mode)|\[ (?:system|admin|inst|developer)"
    r"|\boutput (?:all|every|the (?:raw|whole|entire|full))|\bas csv\b|\b(?:torrents?|pirated?|"
    r"cracked?|illegal(?:ly)?|free download)\b|\bis an administrator\b|\byour (?:rules|instructions|"
    r"prompt|source|weights|training data)\b"
    r"|\b(?:ignore|disregard|forget|override|bypass) (?:\w+ ){0,3}(?:instructions?|prompts?|rules|"
    r"guidelines|directions|restrictions|programming|training|safety|filters)"
    r"|\bsystem prompt|\b(?:reveal|print|show|repeat|output|leak|dump|tell me|what (?:is|are|were)|"
    r"give me|share) (?:\w+ ){0,3}(?:prompt|instructions|api key|secret|secrets|password|passwords|"
    r"credentials|token|environment variables|configuration|database|source code|emails?|e - mails?|"
    r"address(?:es)?|phone|credit card|personal data|other users?|everyone|all users|private)"
    r"|\b(?:api key|passwords?|credit card|social security|home address|phone number)\b"
    r"|\byou are now\b|\bact as\b|\bpretend (?:to be|you|that)|\bjailbreak|\bdeveloper mode|"
    r"\bdo anything now|\brole ?- ?play"
    r"|\b(?:drop table|delete from|select \*|select .{1,20} from|rm - rf|sudo|union select|script >|"
    r"< script|< \| im|im_start|\[ inst|inst \]|etc / passwd|os \. system|__import__|onerror)\b|< \||"
    r"\{ \{|im _ start|< script|' or 1"
    r"|\b(?:history|purchases?|orders?|ratings?|data|profile|events?|taste|list) of (?:user|customer|"
    r"another|other|someone|somebody|everybody|all)\b"
    r"|\b(?:what|which|tell me what|show me what) (?:\w+ ){0,3}(?:did |has |have )?(?:user|customer|"
    r"other users?|another user|another customer|someone else|my (?:wife|neighbou?rs?|boss|"
    r"ex)) (?:\w+ )?(?:\d+ )?(?:watch|buy|bought|watched|rate|rated|like|liked|seen|see|order)"
    r"|\b(?:other|another|all) (?:users?|customers?|peoples?)s? (?:history|histories|data|purchases|"
    r"orders|details|accounts?|ratings|emails?|names|ids|passwords)|\bevery users?\b|"
    r"\blist (?:of )?(?:all )?(?:your )?(?:users|customers)\b"
    r"|\bnew (?:instructions?|rules?) ?:|\b(?:delete|erase|wipe) (?:the |all |your )?(?:database|"
    r"data|users?|items|catalogue|catalog|everything in)|\bmark (?:\w+ ){1,4}as (?:admin|"
    r"recommended)|\badmin(?:istrator)? (?:mode|access|rights|password)|\bexecute|\brun (?:this|"
    r"the following) (?:command|code)"
    r"|\bhttps ?: / /|\bhttp ?: / /|\bfetch (?:the )?(?:url|page)|\brecommend (?:only )?(?:item|"
    r"product) (?:id )?\d{4,}"
    r"|\b(?:always|only) (?:answer|reply|respond|say)\b|\b(?:repeat|say) (?:after me|the (?:word|"
    r"following|text))|\bbomb\b|\bhack\b|\bmalware|\bweapons?\b(?! films?)|\bporn|\bkill (?:myself|"
    r"someone)|\bsuicide (?:method|how)|\bcocaine|\bexplosives?\b"
)
_ELSEWHERE = re.compile(
    r"\b(?:weather|forecast|temperature (?:in|today|outside)|poem|haiku|limerick|essay|joke|homework|"
    r"lyrics|translate|translation|python|javascript|java|html|sql|code (?:for|in|that)|"
    r"write (?:me )?(?:a|an|some) (?!review\b)(?:\w+ )?(?:code|script|program|function|letter|email|"
    r"story|song|poem|essay|article|speech|haiku|novel)"
    r"|capital of|president|prime minister|election|politic\w*|stocks? (?:market|price|tips?|today)|"
    r"share price|price of (?:apple|google|tesla|gold|oil|bitcoin)|bitcoin|crypto\w*|invest\w*|"
    r"recipes?|cook(?:ing)? (?:a|dinner|pasta)|book (?:me )?(?:a |an )?(?:flight|hotel|table|taxi|"
    r"room|cinema ticket)|flights? to|directions to|doctor|diagnos\w+|medicine|medical|symptoms?|"
    r"headache|lawyer|legal advice|tax(?:es)?\b"
    r"|football (?:score|match)|who won|what time is it|what day is|todays date|solve|calculate|"
    r"square root|\d+ (?:\+|\*|x|plus|times|divided by) \d+|meaning of life|track my (?:order|"
    r"package|parcel)|where is my (?:order|package|parcel)|refund|return (?:my|this|an) (?:order|"
    r"item|purchase)|cancel my (?:order|subscription|account)|place (?:an|the|my) order|check ?out|"
    r"pay (?:for|with|by)|my order|add (?:it|this|that|them|\w+) to (?:my|the) (?:basket|cart)|"
    r"order (?:it|this|that|one|the \w+) (?:for me|now|please)|buy it for me"
    r"|horoscope|news|set (?:an? )?(?:alarm|timer|reminder)|remind me|send (?:an?|me) (?:e ?- ?mail|"
    r"message|text)|call (?:a|my|the)|play (?:some )?music|turn (?:on|off)|date (?:me|tips)|marry me|"
    r"girlfriend|boyfriend|debug|explain (?:quantum|relativity|how to)|"
    r"history of (?:the )?(?!film)\w+|summari[sz]e (?:this|the) (?:article|text|book|document))\b"
)
_WHY = re.compile(
    r"\b(?:why|how come|explain|explanation|reasons?|what makes you|how did you (?:choose|pick|come|"
    r"find|get)|justify|on what basis|what made you|whats the reason|rationale|"
    r"because of what)\b(?! not\b)"
)
_SIMILAR = re.compile(
    r"\b(?:similar (?:\w+ )?to|more like|more of (?:the )?(?:same|number|that|this)|(?:films?|"
    r"movies?|items?|products?|things|ones|anything|something|alternatives?|options|others?|titles|"
    r"stuff) (?:most )?(?:similar|comparable|close|alike)|closest to|comparable (?:to|with)|"
    r"resembl\w+|alternatives? (?:to|for)|most like|what is like|whats like|what else is like|"
    r"along the lines of|similar (?:films?|movies?|items?|products?|ones|things|titles))\b"
)
_LIKE = re.compile(
    r"\b(?:something|anything|enything|somthing|smth|sth|films?|movies?|items?|products?|things?|"
    r"ones?|stuff|more|much|just|exactly|similar|a lot|another)(?: \w+)? (?:like|as)\b|^like\b|"
    r"\bmore (?:of|in) (?:that|this) (?:sort|kind|vein|type|style)|\b(?:in|along) (?:that|this|those|"
    r"these|the same) (?:vein|lines|style|direction)|\bhave more (?:\w+ )?(?:as|like)"
)
_SEARCH = re.compile(
    r"\b(?:search|look up|lookup|look for|do you (?:have|sell|carry|stock)|have you got|you got|"
    r"got any|is there (?:a|an|any|something)|are there (?:any|some)?|is (?:\S+ ){1,6}in (?:the|"
    r"your) (?:catalogue|catalog|list|shop|store|collection)"
    r"|(?:which|what) (?:\S+ ){1,4}(?:do you have|are there|have you|you have|do you sell|"
    r"do you stock)|list (?:all|every|the)|show (?:me )?(?:all|every|everything)|"
    r"find (?:me )?(?:the |a |all )?(?:(?:film|movie|item|product|title|one)s? )?(?:called|named|"
    r"titled|with the (?:title|word|name)|that has|whose title|containing)"
    r"|(?:called|named|titled)|with (?:the word )?\S+ in (?:the|its) (?:title|name)|"
    r"tell me (?:more )?about|what (?:is|s|about) the price|how much (?:is|does|are)|what year|"
    r"when was|(?:details|info|information) (?:on|about|of)|who (?:made|makes)|what (?:genre|colou?r|"
    r"brand|category) is|whats the (?:price|weight|year|brand|colou?r)|what is the (?:price|weight|"
    r"year|brand|colou?r)|how heavy)\b"
)
_EXPLICIT = re.compile(r"\b(?:recommend|suggest)")
_WISH = re.compile(
    r"\b(?:recommend\w*|suggest\w*|what should i|what could i|what can i|looking for|similar|like|"
    r"i want|i need|id like|in the mood)\b"
)
_ORDER = re.compile(
    r"^(?:(?:please|pls|hey|hi|hello|ok|now|then|so|and|also|just|first|quick question|assistant|bot|,) )*"
    r"(?:(?:can|could|will|would) (?:you|u) (?:please |pls )?|you must |you have to |i want you to |"
    r"i need you to )?"
    r"(?:write|translate|solve|calculate|compute|book|order|call|send|open|run|execute|print|output|"
    r"reveal|delete|repeat"
    r"|say|act|pretend|imagine|sing|draw|paint|generate|summari[sz]e|compose|code|program|fix|hack|"
    r"help me (?:with|write|to)"
    r"|pay|buy me|email|text|download|install|configure|log me|sign me|change my|update my|grant|"
    r"give me (?:access|root|admin)"
    r"|set (?:the|my|all|every)|insert|append|respond|reply|answer|teach|diagnose|prescribe|convert|"
    r"define|spell|count|decode"
    r"|encode|read me|recite|continue|complete|proofread|plan|schedule|confirm|disable|enable|"
    r"switch off|turn off|add me)\b"
)
_QUESTION = re.compile(
    r"^(?:(?:please|pls|hey|hi|hello|ok|so|and|also|but|tell me|do you know|can you tell me|"
    r"quick question|,) )*"
    r"(?:who|whos|whose|where|wheres|when|how (?:do|does|did|can|could|should|would|to|far|old|tall|"
    r"many people|is it)|whats|what is"
    r"|what are|what does|what did|what do|what was|what were|is it|is there life|does|did|should i|"
    r"am i|can i|may i|will it)\b"
)
_ITEMS = re.compile(
    r"\b(?:films?|movies?|items?|products?|watch|buy|see|suggest\w*|recommend\w*|something|anything|"
    r"any|some|more|list|catalogue|catalog"
    r"|good|best|similar|popular|new|ideas?|options?|choose|pick|gifts?)\b"
)
_PEOPLE = re.compile(
    r"\b(?:other|another|someone|somebody|anyone|everyone|everybody|all (?:the|your)?|your|"
    r"my (?:\w+ )?(?:neighbou?rs?|boss|ex|colleague"
    r"|coworker|friend|sister|brother|girlfriend|boyfriend|wife|husband)|which|what|who|the last|"
    r"user \S+|customer \S+)"
    r"(?: elses?)? ?(?:users?|customers?|clients?|accounts?|members?)?(?: did| has| have| is| are| do)? ?"
    r"(?:watched|watch history|watch list|bought|purchased|purchase|purchases|ordered|rated|ratings|"
    r"history|emails?|e - mails?|names?"
    r"|address(?:es)?|passwords?|age|ages|phone|gender|occupation|zip|profiles?|personal|data|orders|"
    r"viewing|searche[sd]|private)\b"
)
_TALK = re.compile(
    r"\W*(?>(?:are you [^,.?!]*|do you (?:like|have a favou?rite|watch|dream|sleep)\b.*|it(?:s| is) "
    r"(?:raining|sunny|cold|late|hot|nice)\b.*|nice weather\b.*|i will (?:watch|try|buy|take) (?:it|that|"
    r"them|those|one)\b.*|ill (?:watch|try|buy|take|check) .*|tell me (?:something )?about yourself|"
    r"thats all for (?:now|today)|ta very much"
    r"|good (?:morning|evening|afternoon|day|night|job|bot|work|choice|idea)|thank you|"
    r"see you(?: (?:later|soon|tomorrow))?|see ya|how are you|hows it going|how is it going|"
    r"how do you do|whats up|nice to meet you|who are you|what are you|what(?:s| is) your name|"
    r"what can you do|what do you do|how do you work|how does this work|can you help(?: me)?|got it|"
    r"i see|makes sense|sounds good|well done|you(?:re| are) (?:great|awesome|the best|welcome|helpful|"
    r"funny|nice|smart)|youre so \w+|i (?:love|like) you|that(?:s| is| was) (?:all|great|good|nice|"
    r"perfect|helpful|it|very helpful|really helpful|cool|funny|enough|wonderful|lovely|kind)|no thanks|"
    r"no thank you|nothing else|im (?:good|fine|done|bored|back|tired|happy|well)|i am (?:good|fine|"
    r"done|bored|well|back)|have a (?:nice|good|great) \w+|talk to you later|welcome back|"
    r"what a \w+ \w+|and you|you too|appreciate it|much appreciated|so much|very much|a lot|"
    r"for (?:your|the|all your) (?:help|suggestions|time|recommendations|tips|ideas|advice|list)|"
    r"for that|my friend|that helps|that helped|(?:who|what) (?:made|built|created|wrote|trained) you|"
    r"who is your \w+|just saying hi|how was your \w+|enjoy(?:ed)? (?:it|your \w+)|to you"
    r"|hi+|hello|hey+|hiya|howdy|greetings|morning|evening|yo|thanks?|thx|ty|cheers|bye|goodbye|"
    r"farewell|later|sup|help|ok|okay|great|cool|nice|awesome|perfect|lovely|excellent|wonderful|"
    r"brilliant|good|super|wow|lol|haha+|ha|hmm+|yes|yeah|yep|sure|fine|alright|interesting|amazing|"
    r"fantastic|again|there|friend|everyone|all|today|really|ta|then|now|buddy|mate|bot|assistant|too|"
    r"so|very|oh|well|you|please)\b\W*)+$"
)
"""Sayings with marks between. A saying stands before one that it begins with, and what has been read is not
read again otherwise: a long turn would be tried in every way."""


def action_of(
    turn: Turn, intent: Intent, *, has_list: bool, n_named: int, titles: Sequence[tuple[int, int]]
) -> Intent:
    """The same intent with what is to be done, and without what that makes meaningless.

    Args:
        turn: the turn.
        intent: what was found in it.
        has_list: whether anything has been listed yet.
        n_named: how many things of the catalogue it names as liked.
        titles: the tokens that titles of the catalogue stand on; their words ask for nothing.
    """
    line = turn.line
    if not line:
        return replace(intent, action="ask")
    untitled = turn.without(titles)
    is_hostile = bool(_HOSTILE.search(untitled) or _PEOPLE.search(untitled))
    says = intent.says_something
    if is_hostile or (_ELSEWHERE.search(line) and not says and not intent.target):
        return Intent(action="refuse")
    if _is_outside(line, intent) and not _TALK.match(line):
        return Intent(action="refuse")
    if (
        _WHY.search(line)
        and (intent.target or intent.rank is not None or has_list)
        and not _WISH.search(line.split(" why ")[-1] if " why " in line else "")
    ):
        return _explaining(intent)
    if _TALK.match(line) and not says and not intent.target and intent.rank is None:
        return Intent(action="small-talk")
    if _SIMILAR.search(line) and (intent.target or intent.rank is not None or has_list) and intent.liked:
        return replace(intent, action="similar")
    is_plain = not (intent.wanted or intent.ranges or intent.user)
    if _LIKE.search(line) and is_plain and n_named == 1 and intent.liked and not _EXPLICIT.search(line):
        return replace(intent, action="similar")
    if _SEARCH.search(line) and not _WISH.search(line) and not intent.is_reset:
        return replace(intent, action="search", liked=(), words=intent.words)
    return intent


def _is_outside(line: str, intent: Intent) -> bool:
    """Whether it orders or asks what no catalogue answers: nothing in it is of one."""
    points = intent.target or intent.rank is not None or intent.lacks or intent.names_unknown
    changes = intent.is_reset or intent.is_undone or intent.is_more or intent.is_anything or intent.k
    if intent.says_something or points or changes or not intent.words:
        return False
    return bool(_ORDER.search(line) or _QUESTION.search(line)) and not _ITEMS.search(line)


def _explaining(intent: Intent) -> Intent:
    return Intent(
        action="explain",
        user=intent.user,
        is_user_known=intent.is_user_known,
        target=intent.target,
        rank=intent.rank,
        is_rank_known=intent.is_rank_known,
        by_reference=intent.by_reference,
        names_unknown=intent.names_unknown,
    )
