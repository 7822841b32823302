"""Values of options that cannot be used are told in the user's words, before anything heavy is loaded."""

import pytest
from typer.testing import CliRunner

from genrec.cli import app
from genrec.config import GeneratorSettings
from genrec.errors import UsageError


@pytest.mark.parametrize(
    ("args", "env", "says"),
    [
        (["-k", "many"], {}, "-k is 'many'\n  next: give a whole number from 1 to the size of the catalogue"),
        (["--n-queries", "65"], {}, "--n-queries is '65'\n  next: give a whole number from 1 to 64"),
        (["--n-queries", "0"], {}, "--n-queries is '0'\n  next: give a whole number from 1 to 64"),
        ([], {"GENREC_EXPLAIN": "why"}, "unknown choice 'why'\n  where: --explain or GENREC_EXPLAIN"),
        ([], {"GENREC_RETRIEVER": "sql"}, "unknown choice 'sql'\n  where: --retriever or GENREC_RETRIEVER"),
    ],
)
def test_a_wrong_value_is_named_as_it_was_given(args, env, says):
    done = CliRunner().invoke(app, ["recommend", "--user", "u", *args], env=env)
    assert isinstance(done.exception, UsageError)
    assert says in str(done.exception)
    assert done.exception.next_step


def test_the_most_searches_are_those_of_the_settings():
    assert GeneratorSettings(n_queries=64).n_queries == 64
    with pytest.raises(ValueError, match="less than or equal to 64"):
        GeneratorSettings(n_queries=65)
