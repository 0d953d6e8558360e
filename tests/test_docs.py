"""What the pages say exists does: links, paths, commands and their options, fields, settings, modules, equations."""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import re
import shlex
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from google.protobuf import json_format
from loadstone.client import PlacementClient
from loadstone.v1 import placement_service_pb2, problem_pb2, solution_pb2

from optimizer.changes.change import ChangeKind
from optimizer.cli.main import TRACEBACK_VARIABLE
from optimizer.cli.parser import build_parser
from optimizer.explain.limit_change import FOLLOWING_KINDS
from optimizer.io.document import from_document
from optimizer.limits import HORIZON_KINDS, LimitKind
from optimizer.solution import BoundSource, StoppedBy, TerminationReason, UnplacedReason
from optimizer.verify.rules import Rule
from optimizer.work_profile import WorkProfile
from server.config import ServerConfig

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "instances").rglob("*.md"),
        *(ROOT / "optimizer").rglob("*.md"),
    ]
)
#: Folders whose paths the pages state from the root.
FOLDERS = ("benchmarks", "docs", "examples", "instances", "optimizer", "proto", "server", "tests")
#: Where the classes are whose fields the pages name.
MODULES = (
    *("admission", "insertion", "node_numbers", "params", "problem", "site", "site_operation", "solution", "weather"),
    *("engines.base", "engines.price.engine", "engines.price.plans.recreate", "explain.limit_change"),
)
MESSAGES = {
    name: message
    for module in (problem_pb2, solution_pb2, placement_service_pb2)
    for name, message in module.DESCRIPTOR.message_types_by_name.items()
}
#: Pages that name files of other repositories.
OF_SOURCES = {ROOT / "instances" / "ATTRIBUTION.md", ROOT / "optimizer" / "data" / "README.md"}
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)


def quoted_of(page: Path) -> set[str]:
    """What stands between single backticks."""
    return set(re.findall(r"`([^`\n]+)`", prose_of(page)))


def anchors_of(page: Path) -> set[str]:
    """The headings as links name them."""
    headings = re.findall(r"^#+ (.*)$", prose_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def commands_of(page: Path) -> list[str]:
    """Every ``loadstone COMMAND ...``, in prose and in blocks, without what follows in a comment."""
    found = re.findall(r"(?<![\w/.-])loadstone ([a-z]+\b[^\n`|]*)", text_of(page))
    return [re.sub(r"\s+#.*", "", command) for command in found]


def subparsers() -> dict[str, argparse.ArgumentParser]:
    return next(
        action.choices
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction) and isinstance(action.choices, dict)
    )


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


def classes() -> dict[str, type]:
    modules = [import_module(f"optimizer.{name}") for name in MODULES]
    return {name: value for module in modules for name, value in vars(module).items() if isinstance(value, type)}


@each_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in OF_SOURCES], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_path_is_there(page: Path) -> None:
    for path in quoted_of(page):
        if re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./*-]*", path):
            assert list(ROOT.glob(path.rstrip("/"))) or list(ROOT.glob(f"{path}.*")), path


@each_page
def test_every_command_and_option_is_one_of_the_program(page: Path) -> None:
    parsers = subparsers()
    for command in commands_of(page):
        name, *rest = re.split(r"[\s\[\]]+", command)
        assert name in parsers, command
        if name != "bench":
            unknown = {word for word in rest if word.startswith("--")} - options_of(parsers[name])
            assert not unknown, f"{command}: {unknown}"


@each_page
def test_every_command_of_a_block_can_be_parsed(page: Path) -> None:
    blocks = "\n".join(re.findall(r"```[a-z]*\n(.*?)```", text_of(page), flags=re.DOTALL))
    for line in re.findall(r"^(?:\$ |[A-Z_]+=\S+ )*loadstone ([a-z].*)$", blocks, flags=re.MULTILINE):
        if "──" not in line:
            build_parser().parse_args(shlex.split(line, comments=True))


@each_page
def test_every_benchmark_program_is_there(page: Path) -> None:
    for module in re.findall(r"python -m ([\w.]+\w)", text_of(page)):
        assert find_spec(module) is not None, module


@each_page
def test_every_field_is_one_of_its_class(page: Path) -> None:
    known = classes()
    for name in quoted_of(page):
        match = re.fullmatch(r"([A-Z][A-Za-z]*[a-z]\w*)\.([a-z]\w*)", name)
        if match is None or match[1] == "ErrorInfo":  # a message of google.rpc
            continue
        owner, field = match.groups()
        of_class = known.get(owner)
        stated = {f.name for f in fields(of_class)} if of_class is not None and is_dataclass(of_class) else set[str]()
        if of_class is not None:
            stated |= set(dir(of_class))
        if owner in MESSAGES:
            stated |= set(MESSAGES[owner].fields_by_name)
        assert field in stated, name


def test_every_option_is_in_the_page_of_the_command_line() -> None:
    page = text_of(ROOT / "docs" / "cli.md")
    missing = {
        f"{name} {option}"
        for name, parser in subparsers().items()
        for option in options_of(parser) - {"-h", "--help"}
        if option not in page
    }
    assert not missing


def words_of(default: object) -> str:
    """A default as the table of settings states it; only counts of CPUs are made when they are asked for."""
    if default is MISSING:
        return "CPUs"
    if default is True:
        return "on"
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_every_setting_of_the_service_is_in_its_page_with_its_default() -> None:
    page = text_of(ROOT / "docs" / "operations.md")
    stated = dict(re.findall(r"^\| `LOADSTONE_(\w+)` \| ([^|]+) \|", page, flags=re.MULTILINE))
    settings = {field.name.upper(): field.default for field in fields(ServerConfig) if field.name != "size_limits"}
    assert stated.keys() == settings.keys()
    for name, default in settings.items():
        assert stated[name] == words_of(default), name


@each_page
def test_every_variable_of_the_environment_is_one(page: Path) -> None:
    known = {f"LOADSTONE_{field.name.upper()}" for field in fields(ServerConfig)}
    assert set(re.findall(r"\bLOADSTONE_[A-Z]\w*", text_of(page))) <= known | {TRACEBACK_VARIABLE}


def test_every_word_of_an_answer_is_in_its_page() -> None:
    page = text_of(ROOT / "docs" / "reasons.md")
    first_cells = re.findall(r"^\| (`[^|]+) \|", page, flags=re.MULTILINE)
    listed = {word for cell in first_cells for word in re.findall(r"`(\w+)`", cell)}
    enumerations = (TerminationReason, StoppedBy, BoundSource, UnplacedReason, LimitKind, Rule, ChangeKind)
    words = {str(word) for enumeration in enumerations for word in enumeration}
    assert words == listed - {"reason", "rule", "kind"}


def test_every_limit_is_listed_with_its_unit_and_whether_it_can_be_moved() -> None:
    rows = re.findall(
        r"^\| (`[^|]+) \| ([^|]+) \| (by slot|horizon) \|.*\| (yes)?[^|]*\|$", text_of(ROOT / "docs" / "reasons.md"), re.M
    )
    stated = {kind: row[1:] for row in rows for kind in re.findall(r"`(\w+)`", row[0])}
    for kind in LimitKind:
        horizon, movable = kind in HORIZON_KINDS, kind not in FOLLOWING_KINDS
        assert stated[kind] == (kind.unit, "horizon" if horizon else "by slot", "yes" if movable else ""), kind


@each_page
def test_every_python_block_compiles_and_imports_what_there_is(page: Path) -> None:
    for block in re.findall(r"```python\n(.*?)```", text_of(page), flags=re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                module = import_module(node.module)
                assert all(hasattr(module, name.name) for name in node.names), ast.unparse(node)


def test_the_message_of_a_change_of_a_limit_is_one() -> None:
    (block,) = re.findall(r'```\n(\{"kind": .*?)```', text_of(ROOT / "docs" / "api.md"), flags=re.DOTALL)
    change = json_format.Parse(block, placement_service_pb2.ProposedLimitChange())
    assert (change.element, change.power_w) == ("loughton", 1_000_000)


def test_the_work_profile_of_an_instance_file_is_one() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", text_of(ROOT / "docs" / "modes.md"), flags=re.DOTALL)
    profile = from_document(WorkProfile, json.loads(f"{{{block}}}")["workProfile"])
    assert [width.gpu_count for width in profile.widths] == [8, 16]


def test_every_call_of_the_client_has_the_parameters_that_the_page_states() -> None:
    page = text_of(ROOT / "docs" / "api.md")
    calls = re.findall(r"^\| `[A-Z]\w+`[^|]*\| `client\.(\w+\([^`]*\))`", page, flags=re.MULTILINE)
    assert len(calls) == 8
    for call in calls:
        stated = ast.parse(f"def {call}: ...").body[0]
        assert isinstance(stated, ast.FunctionDef)
        names = [argument.arg for argument in (*stated.args.args, *stated.args.kwonlyargs)]
        taken = inspect.signature(getattr(PlacementClient, stated.name)).parameters
        assert all(name in taken or name == "result" for name in names), call


def test_every_module_that_heads_a_section_of_the_price_engine_is_there() -> None:
    headings = re.findall(r"^#+ .*$", text_of(ROOT / "docs" / "price-engine.md"), flags=re.MULTILINE)
    names = [name for heading in headings for name in re.findall(r"`([\w.]+)`", heading)]
    assert len(names) > 20
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "optimizer" / "engines" / "price").rglob("*.py"))
    for name in names:
        path = ROOT.joinpath("optimizer", "engines", "price", *name.split(".")).with_suffix(".py")
        assert path.is_file() or f"def {name}(" in source, name


def test_every_equation_that_the_code_cites_is_in_the_model() -> None:
    model = text_of(ROOT / "docs" / "model.md")
    cited: dict[str, Path] = {}
    for path in (ROOT / "optimizer").rglob("*.py"):
        for group in re.findall(r"equations? (\(\w+\)(?:(?:, | and | to )\(\w+\))*)", path.read_text(encoding="utf-8")):
            cited |= dict.fromkeys(re.findall(r"\(\w+\)", group), path)
    assert len(cited) > 20
    assert not {number: path for number, path in cited.items() if number not in model}
