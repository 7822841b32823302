from genrec.generation.base import Decoding
from genrec.generation.scripted import ScriptedGenerator
from genrec.testing.generators import PROMPTS, GeneratorContract


class TestScripted(GeneratorContract):
    def make(self):
        return ScriptedGenerator(["heist films", "space"])


def test_a_script_sees_the_text_and_is_repeated_to_n():
    generator = ScriptedGenerator(lambda text: [text.splitlines()[0], "b"])
    replies = generator.generate(PROMPTS[:1], Decoding(n=3))
    assert [each.text for each in replies[0]] == ["Chosen: Alien", "b", "Chosen: Alien"]
    assert generator.prompts == [PROMPTS[0]]
