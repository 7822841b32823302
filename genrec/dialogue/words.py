"""The English of a dialogue, as data: what is measured, what a catalogue may lack, and how people say things.

Patterns are matched on `Turn.line`: lower case, no apostrophes, a blank between all words and marks.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """Something measured: how fields of it are named, its units, and the words that compare by it."""

    name: str
    said: str
    """How a reply calls it."""
    fields: frozenset[str]
    units: Mapping[str, float]
    """What a number in each unit is multiplied with; the least of them is 1."""
    less: str = ""
    """Words for less of it, as a pattern."""
    more: str = ""

    def is_of(self, words: Iterable[str]) -> bool:
        """Whether a field with these words in its name measures it."""
        return bool(self.fields & set(words))


def _units(**factors: str) -> dict[str, float]:
    return {name: float(factor[1:]) for factor, names in factors.items() for name in names.split()}


def _quantity(
    name: str, said: str, fields: str, *, less: str = "", more: str = "", **units: float
) -> Quantity:
    spelled = {each: factor for names, factor in units.items() for each in names.split("_")}
    return Quantity(name, said, frozenset(fields.split()), spelled, less, more)


QUANTITIES = (
    _quantity(
        "year",
        "year",
        "year released release date published",
        less="older|earlier",
        more="newer|more recent|later|more modern",
    ),
    _quantity(
        "price",
        "price",
        "price cost msrp",
        less="cheaper|less expensive|more affordable|less pricey",
        more="pricier|more expensive|dearer",
        dollars_dollar_usd_bucks_buck_euros_euro_eur_pounds_gbp_quid=1,
    ),
    _quantity(
        "weight",
        "weight",
        "weight mass",
        less="lighter|less heavy",
        more="heavier",
        g_gr_gram_grams_gramme_grammes=1,
        kg_kgs_kilo_kilos_kilogram_kilograms=1000,
        oz_ounce_ounces=28.35,
        lb_lbs=453.6,
    ),
    _quantity(
        "duration",
        "running time",
        "runtime duration minutes running min",
        less="shorter",
        more="longer",
        minutes_minute_min_mins=1,
        hours_hour_hrs_hr_h=60,
    ),
    _quantity(
        "volume",
        "volume",
        "volume capacity litres liters",
        less="smaller",
        more="bigger|larger|roomier",
        l_litre_litres_liter_liters=1,
        ml=0.001,
    ),
    _quantity(
        "persons",
        "number of persons",
        "persons people sleeps capacity berths person",
        persons_person_people_man_sleeper_berth=1,
    ),
    _quantity(
        "rating",
        "rating",
        "rating stars score reviews",
        less="worse rated",
        more="better rated|higher rated",
        stars_star_points=1,
    ),
    _quantity("temperature", "temperature", "temperature temp comfort", degrees_degree_celsius_c=1),
    _quantity(
        "length",
        "length",
        "length height width depth size",
        cm_centimetres_centimeters=1,
        mm_millimetres_millimeters=0.1,
        m_metre_metres_meter_meters=100,
        inches_inch=2.54,
    ),
    _quantity("warranty", "warranty", "warranty guarantee", years_year=1, months_month=1 / 12),
    _quantity("pages", "number of pages", "pages", pages_page=1),
    _quantity("lumens", "brightness", "lumens brightness", lumens_lumen=1),
    _quantity("power", "power", "power watts", watts_watt_w=1),
    _quantity("stock", "stock", "stock quantity"),
)
QUANTITY = {each.name: each for each in QUANTITIES}
CURRENCY = "$€£"

SYNONYMS = {
    "science fiction": "sci fi",
    "scifi": "sci fi",
    "sf": "sci fi",
    "space opera": "sci fi",
    "romantic": "romance",
    "love story": "romance",
    "love stories": "romance",
    "funny": "comedy",
    "comedic": "comedy",
    "humorous": "comedy",
    "hilarious": "comedy",
    "scary": "horror",
    "slasher": "horror",
    "spooky": "horror",
    "animated": "animation",
    "cartoon": "animation",
    "cartoons": "animation",
    "anime": "animation",
    "kids": "childrens",
    "kid": "childrens",
    "children": "childrens",
    "for children": "childrens",
    "documentaries": "documentary",
    "docs": "documentary",
    "noir": "film noir",
    "noirs": "film noir",
    "film noirs": "film noir",
    "suspense": "thriller",
    "suspenseful": "thriller",
    "whodunit": "mystery",
    "whodunits": "mystery",
    "gangster": "crime",
    "cowboy": "western",
    "cowboys": "western",
    "dramatic": "drama",
    "adventurous": "adventure",
    "musical film": "musical",
    "mysteries": "mystery",
    "gray": "grey",
    "grey": "gray",
    "family": "childrens",
    "head torch": "headlamp",
    "head torches": "headlamp",
    "cooker": "stove",
    "burner": "stove",
    "pack": "backpack",
    "packs": "backpack",
    "coat": "jacket",
    "coats": "jacket",
    "parka": "jacket",
    "anorak": "jacket",
    "backpack": "rucksack",
    "backpacks": "rucksack",
    "rucksack": "backpack",
    "rucksacks": "backpack",
}
"""What people say for a value, both as `text.key` writes them; only values a catalogue has come of it."""
BOTH = {"romcom": ("romance", "comedy"), "rom com": ("romance", "comedy"), "romcoms": ("romance", "comedy")}
"""One word for two values that are wanted together."""


@dataclass(frozen=True, slots=True)
class Concept:
    """Something people ask for that a catalogue has a field of, or not."""

    said: str
    fields: frozenset[str]
    pattern: re.Pattern[str]


def _concept(said: str, fields: str, pattern: str) -> Concept:
    return Concept(said, frozenset(fields.split()), re.compile(rf"\b(?:{pattern})\b"))


CONCEPTS = (
    _concept(
        "running time",
        "runtime duration minutes running length",
        r"(?:very |not too |too |really |fairly )?(?:short|long|feature length) (?:films?|movies?|"
        r"ones?|runtimes?|running times?)"
        r"|(?:run ?time|running time)s?|how long (?:is|are|does)|not too long|quick watch|epic length",
    ),
    _concept(
        "subtitles",
        "subtitles subtitle captions",
        r"(?:with |without |no )?(?:\w+ )?(?:subtitles?|subtitled|subs|captions)",
    ),
    _concept(
        "language",
        "language languages",
        r"(?:in|dubbed in|dubbed into) (?:english|french|german|spanish|italian|japanese|korean|chinese"
        r"|hindi|russian|swedish|danish|polish|portuguese|arabic|dutch)(?: language)?|dubbed"
        r"|(?:english|french|german|spanish|italian|japanese|korean|foreign|original) (?:language|"
        r"audio|speaking|dub)",
    ),
    _concept(
        "country",
        "country countries origin made",
        r"(?:french|german|spanish|italian|japanese|korean|british|indian|russian|swedish|chinese"
        r"|foreign|european|asian|american|danish|australian) (?:films?|movies?|cinema|productions?)"
        r"|made in \w+|(?:produced|manufactured) in \w+|country of origin",
    ),
    _concept(
        "cast",
        "actor actors cast starring star stars",
        r"(?:starring|acted by|featuring|played by) (?:\w+ ){0,2}\w+"
        r"|(?:actor|actress|actors|cast)\b(?: \w+)?|famous actors?"
        r"|(?:with|has|have) (?:tom hanks|al pacino|meryl streep|brad pitt|julia roberts|"
        r"harrison ford|robert de niro|tom cruise"
        r"|bruce willis|arnold schwarzenegger|sean connery|jack nicholson|sigourney weaver|"
        r"keanu reeves|leonardo dicaprio|jim carrey)",
    ),
    _concept(
        "director",
        "director directors directed",
        r"directed by (?:\w+ ){0,2}\w+|director(?:s|ed)?(?: is| like)?(?: \w+)?"
        r"|by (?:steven )?spielberg|by (?:alfred )?hitchcock|by (?:stanley )?kubrick|"
        r"by (?:martin )?scorsese|by (?:quentin )?tarantino"
        r"|(?:hitchcock|kubrick|spielberg|scorsese|tarantino) (?:films?|movies?)",
    ),
    _concept(
        "rating",
        "rating stars score ratings",
        r"(?:highly|best|top|well|better|higher) rated|(?:imdb|rotten tomatoes|metacritic)(?: \w+)?"
        r"|good (?:ratings?|reviews?)|(?:high|great|positive|customer) (?:ratings?|reviews?)|"
        r"(?:ratings?|reviews?|reviewed)|critically acclaimed",
    ),
    _concept(
        "age rating",
        "certificate mpaa age_rating age ages",
        r"(?:rated )?(?:pg ?- ?13|pg|nc ?- ?17|r ?- ?rated|x ?- ?rated)|rated r|family friendly|age rating"
        r"|suitable for (?:kids|children|families|my \w+)|for (?:\w+ )?year olds?|safe for kids|"
        r"for my (?:\d+|\w+) year old",
    ),
    _concept(
        "availability",
        "availability available stock in_stock stores",
        r"(?:in|out of|on) stock|available (?:now|today|in store|near me|online|to stream)"
        r"|in store|in my (?:local )?(?:store|shop)|how many are left|availability",
    ),
    _concept(
        "where to stream it",
        "platform streaming provider",
        r"(?:on|from|via) (?:netflix|amazon prime|prime video|prime|disney|disney plus|hulu|hbo|"
        r"hbo max|apple tv|youtube)"
        r"|(?:netflix|hulu|disney plus)|stream(?:ing|able|ed)?",
    ),
    _concept(
        "price",
        "price cost msrp",
        r"(?:how much (?:is|are|does)(?: \w+){0,2}(?: cost)?|cheap(?:est)?|cheaper|budget|expensive|"
        r"inexpensive|affordable|low priced?|prices?|free to (?:watch|rent)|cost of)",
    ),
    _concept(
        "delivery",
        "delivery shipping",
        r"(?:free |next day |fast |express |same day )?(?:delivery|shipping|delivered|"
        r"shipped)(?: (?:tomorrow|today|by \w+|within \w+ \w+))?|ships? (?:\w+ )?(?:tomorrow|today|"
        r"to \w+|free)"
        r"|arrives? (?:by|before) \w+",
    ),
    _concept(
        "discounts",
        "discount sale sale_price",
        r"on sale|discount(?:ed|s)?|on offer|special offers?|coupons?|reduced price|"
        r"(?:black friday )?deals?|clearance",
    ),
    _concept(
        "size",
        "size sizes",
        r"(?:shoe |in )?size (?:\d+(?:\.\d+)?|xs|s|m|l|xl|xxl|small|medium|large|\w+)|(?:eu|us|"
        r"uk) \d+(?:\.\d+)?|(?:extra )?(?:small|medium|large) size|my size|wide fit",
    ),
    _concept(
        "material",
        "material materials fabric",
        r"(?:made (?:of|from|out of) )?(?:leather|merino(?: wool)?|wool|cotton|gore ?- ?tex|goretex|"
        r"nylon|polyester|titanium|alumini?um|carbon(?: fib(?:re|er))?|down filled|recycled(?: \w+)?|"
        r"bamboo|steel|canvas|silk|linen|vegan)"
        r"|material",
    ),
    _concept(
        "waterproofing",
        "waterproof water_resistant waterproofing",
        r"waterproof(?:ing|ed)?|water ?- ?(?:proof|resistant)|rain ?- ?proof|water repellent",
    ),
    _concept("warranty", "warranty guarantee", r"(?:lifetime |\w+ year )?(?:warranty|warranties|guarantee)"),
    _concept(
        "colour",
        "colour color colors colours",
        r"in (?:colou?r|technicolou?r)|black (?:and|&) white|colou?r (?:films?|movies?)",
    ),
    _concept(
        "picture format",
        "format formats",
        r"(?:in )?(?:4k|blu ?- ?ray|dvd|hd|imax|vhs|uhd|widescreen|3 ?- ?d)(?: (?:version|format|quality))?",
    ),
    _concept(
        "awards",
        "awards oscars award",
        r"(?:oscar|academy award|award|golden globe|cannes|bafta|emmy)s?(?: ?- ?(?:winning|winners?|"
        r"winner|nominated|nominees?))?|won (?:an?|the|any) \w+",
    ),
    _concept(
        "gender",
        "gender sex",
        r"(?:for (?:wo)?men|(?:wo)?mens|ladies|unisex|for (?:my )?(?:wife|husband|girls|boys))",
    ),
    _concept("box office", "box_office gross revenue", r"box office|blockbusters?|grossed|grossing"),
    _concept("music", "soundtrack composer music", r"sound ?track|score by \w+|composed by \w+"),
    _concept("how popular it is", "popularity", r"best ?- ?sell(?:ing|ers?)"),
    _concept(
        "season",
        "season seasons",
        r"(?:for )?(?:all season|3 season|4 season|three season|four season|winter use)",
    ),
    _concept(
        "what it is based on",
        "based_on source",
        r"based on (?:a |an |the )?(?:true story|book|novel|real events?|comic)",
    ),
    _concept("mood", "mood moods", r"feel ?- ?good"),
    _concept("battery life", "battery battery_life", r"battery(?: life)?"),
    _concept(
        "eco labels",
        "eco sustainable organic",
        r"eco ?- ?friendly|sustainab(?:le|ly)(?: made)?|fair ?- ?trade|organic",
    ),
    _concept(
        "violence",
        "violence",
        r"(?:no |without |not too much |less )?(?:violence|violent|gore|gory|nudity|swearing|sex scenes?)",
    ),
)
"""The first that fits a place counts; a pattern is only looked for where no title or value stands."""

_STOP = """
    a about above actually after again alike all allow almost already also although always am an and
    another any anybody anymore anyone anythin anything are around as at avoid away back be because been
    before being best better between big bit bored both bought but buy by call called came can cannot
    cant catalog catalogue change choose come could couldnt couple customer d dad day decade did didnt
    dislike disliked do does doesnt doing done dont down dozen drop each eight either else enjoy enjoyed
    enough enything equipment er era even evening ever every everything except exclude excluding fan
    feel feeling few film films find fine first five for forget found four friend friends from gave gear
    get gets getting gift give given go goes going gone gonna good got gotta great had haha has hasnt
    hate hated have havent having he hello help her here hers hes hey hi him his hm hmm hope how however
    husband i id idea ideas if ill im in include including instead into is isnt it item items its ive
    just keep kind kinda kinds kit know lads last lately least less let lets like liked likes list ll
    lol longer look looking lot lots love loved loves made make many matter maybe me mean might mind
    mine minus mood more most mostly movie movies much mum must my myself name need needs never
    nevermind new next nice nine no nobody none nope nor not nothing now number of off oh ok okay on
    once one ones only onto option options or other others our ours out over own perfect perhaps period
    pick picks picture please pls plus plz prefer preferably prefers present pretty probably product
    products purchase purchased quite rather re really recommend recommendation recommendations
    recommended recommending remove reset right s said same saw say search second see seem seems seen
    sent set seven shall she shes shop shopping should show shown shows similar since six skip smth so
    some somebody someone somethin something sometimes somewhat somthing soon sort sth store stuff style
    such suggest suggested suggestion suggestions suggests sure surprise switch t take tell ten than
    thank thanks that thats the their them then there theres these they theyre thing things think third
    this tho those though three through thx time times title titled titles to today together told
    tonight too top toward try trying two ty type u uh um under until up ur us use user ve vein very via
    wanna want wanted wants was wasnt watch watched watching way we weekend well went were what whatever
    whats when where which whichever while who whos whose why wife will wish wishes with within without
    won wont work works would wouldnt ya yeah year years yep yes yet you your youre yours youve
"""
STOP = frozenset(_STOP.split())
"""Words that say nothing of what is wished for."""
