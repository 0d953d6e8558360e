"""The command line's grammar and its help. Names of engines and formats are checked by the commands, which know them."""

from __future__ import annotations

import argparse

from optimizer.cli.exit_codes import MEANINGS

DESCRIPTION = "Places AI training jobs across data-centre sites: where, when and how wide each runs, and why the rest does not."
EXAMPLES = """\
examples:
  loadstone generate uk-no --jobs 40 --seed 1 --out fleet.json
  loadstone solve fleet.json --time-limit 30 --out plan.json --report report.html
  loadstone verify fleet.json plan.json
  loadstone explain fleet.json plan.json job-07"""


class _Version(argparse.Action):
    """Looks the version up only when asked: it costs more than the rest of the parser."""

    def __call__(self, parser: argparse.ArgumentParser, *ignored: object) -> None:
        from importlib import metadata

        del ignored
        parser.exit(message=f"loadstone {metadata.version('loadstone')}\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command; each command sets ``module`` to where its ``run`` is.

    ``kept`` are the arguments, by what they are called, whose files no output may replace.
    """
    codes = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in MEANINGS.items())
    parser = argparse.ArgumentParser(
        prog="loadstone",
        description=DESCRIPTION,
        epilog=f"{EXAMPLES}\n\nexit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (
        _solve,
        _verify,
        _explain,
        _whatif,
        _admit,
        _diff,
        _report,
        _bind,
        _generate,
        _export,
        _import,
        _bench,
        _serve,
        _engines,
        _doctor,
    ):
        add(commands)
    return parser


Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns


def _command(commands: Commands[argparse.ArgumentParser], name: str, summary: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False)
    parser.set_defaults(module=f"optimizer.cli.commands.{name.replace('import', 'import_')}", kept={"FILE": "file"})
    return parser


def _instance(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="instance: proto-JSON of Problem, .json or .json.gz")


def _plan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", metavar="PLAN", help="plan file, as solve --out writes it")


def _json(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON, and nothing else")


def _solve(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "solve", "place the jobs of an instance")
    _instance(parser)
    parser.add_argument("--engine", metavar="NAME", default="auto", help="auto, or one that engines lists (default: auto)")
    parser.add_argument("--time-limit", metavar="S", type=float, help="wall seconds (default: 60)")
    parser.add_argument("--gap", metavar="G", type=float, default=0.0, help="stop within this relative gap, 0.01 is 1 %%")
    parser.add_argument("--threads", metavar="N", type=int, help="threads of the engine (default: the engine's)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of everything random (default: 0)")
    parser.add_argument("--work-limit", metavar="N", type=int, help="work units instead of time: repeats exactly")
    parser.add_argument("--initial", metavar="PLAN", help="plan file to start from; what does not fit is left out")
    parser.add_argument("--bind", action="store_true", help="give every run its nodes by number, in the plan and the report")
    parser.add_argument("--out", metavar="PLAN", help="write the plan here (.json or .json.gz)")
    parser.add_argument("--report", metavar="HTML", help="write the report here")
    parser.add_argument("--all", action="store_true", help="print every row of every table")
    parser.add_argument("--quiet", action="store_true", help="print no progress")
    parser.add_argument("--server", metavar="HOST:PORT", help="let this server solve it")
    parser.add_argument("--executor", metavar="WHERE", default="local", help="local, ray or ray:ADDRESS (default: local)")
    parser.add_argument("--zones", action="store_true", help="with ray: spread this solve over the cluster, sites by zones")
    _json(parser, "the outcome")


def _verify(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "verify", "check a plan against every rule, its figures and its bound")
    _instance(parser)
    _plan(parser)
    _json(parser, "the verdict")


def _explain(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "explain", "say why jobs run where they do, or do not run")
    _instance(parser)
    _plan(parser)
    parser.add_argument("job", metavar="JOB", nargs="?", help="one job (default: all that are left out)")
    parser.add_argument("--all", action="store_true", help="print every row of every table")


def _whatif(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "whatif", "move one limit and say what that is worth, by solving again")
    _instance(parser)
    _plan(parser)
    parser.add_argument("change", metavar="CHANGE", help="KIND:ELEMENT:AMOUNT[:FIRST-LAST], as grid_import:loughton:+1MW:17-19")
    parser.add_argument("--times", metavar="N,N", default="1", help="solve for these multiples of the change (default: 1)")
    parser.add_argument("--engine", metavar="NAME", default="auto", help="auto, or one that engines lists (default: auto)")
    parser.add_argument("--time-limit", metavar="S", type=float, help="wall seconds for each multiple (default: 60)")
    parser.add_argument("--threads", metavar="N", type=int, help="threads of the engine (default: the engine's)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of everything random (default: 0)")
    parser.add_argument("--work-limit", metavar="N", type=int, help="work units instead of time: repeats exactly")
    parser.add_argument("--server", metavar="HOST:PORT", help="let this server solve it")
    _json(parser, "the effects")


def _admit(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "admit", "quote or place jobs one by one beside a plan, at its prices")
    _instance(parser)
    _plan(parser)
    parser.add_argument("jobs", metavar="JOBS", help="a list of jobs, as in an instance; or an instance, for its jobs")
    parser.add_argument(
        "--policy",
        choices=["surplus", "fit", "quote"],
        default="surplus",
        help="place jobs that are worth more than the room they take; all that fit; or none (default: surplus)",
    )
    parser.add_argument("--out", metavar="PLAN", help="write the plan with the jobs placed here (.json or .json.gz)")
    parser.add_argument("--instance-out", metavar="INSTANCE", help="write the instance with the jobs placed here")
    parser.add_argument("--server", metavar="HOST:PORT", help="let this server admit them")
    _json(parser, "what becomes of each job")
    parser.set_defaults(kept={"FILE": "file", "JOBS": "jobs"})


def _diff(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "diff", "say what changes from one plan to another, in sentences")
    parser.add_argument("before", metavar="A", help="plan file; or an instance: what runs already, all of it kept")
    parser.add_argument("after", metavar="B", help="plan file")
    parser.add_argument("--instance", metavar="FILE", help="the instance of both plans: they are held to it and recomputed")
    parser.add_argument("--earlier-instance", metavar="FILE", help="the instance of plan A, where that is another snapshot")
    parser.add_argument("--all", action="store_true", help="print every change")
    _json(parser, "the difference")


def _report(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "report", "write a plan as one self-contained HTML page")
    _instance(parser)
    _plan(parser)
    parser.add_argument("--before", metavar="PLAN", help="an earlier plan, to show what changes (default: what runs already)")
    parser.add_argument("--out", metavar="HTML", default="report.html", help="default: report.html")
    parser.set_defaults(kept={"FILE": "file", "PLAN": "plan", "--before": "before"})


def _generate(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "generate", "make an instance of any size from a seed")
    parser.add_argument("family", choices=["uk-no"], help="uk-no: six sites in the UK and Norway")
    parser.add_argument("--jobs", metavar="N", type=int, required=True, help="number of jobs, up to 100,000")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="default: 0")
    parser.add_argument(
        "--preemptible-share", metavar="SHARE", type=float, default=0.0, help="share of jobs that may pause; default: 0"
    )
    parser.add_argument(
        "--running-share", metavar="SHARE", type=float, help="share of jobs that run already, as far as they fit; default: 3 %%"
    )
    parser.add_argument(
        "--reserved-share",
        metavar="SHARE",
        type=float,
        help="share of each pool that a tenant holds and lends while idle; default: a few reservations, not lent",
    )
    parser.add_argument(
        "--ordered-share", metavar="SHARE", type=float, default=0.0, help="share of jobs that wait for another; default: 0"
    )
    parser.add_argument(
        "--grouped-share", metavar="SHARE", type=float, default=0.0, help="share of jobs that share or avoid a site; default: 0"
    )
    parser.add_argument("--weeks", metavar="N", type=int, help="weeks, the one of the data again and again; default: by jobs")
    parser.add_argument("--slot-minutes", metavar="M", type=int, default=60, help="slots that part an hour; default: 60")
    parser.add_argument("--out", metavar="FILE", required=True, help="instance to write (.json or .json.gz)")


def _bind(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "bind", "give the runs of a plan numbered nodes and domains")
    _instance(parser)
    _plan(parser)
    parser.add_argument("--out", metavar="PLAN", help="write the plan with its binding here (.json or .json.gz)")


def _export(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "export", "write the instance's integer program, or a plan as a benchmark's solution file")
    _instance(parser)
    parser.add_argument(
        "--format", choices=["mps", "lp", "icon"], required=True, help="file format; icon: a plan's solution file"
    )
    parser.add_argument("--plan", metavar="PLAN", help="the plan to write; with icon only")
    parser.add_argument("--out", metavar="MODEL", help="default: the instance's name with the format's ending")
    parser.set_defaults(kept={"FILE": "file", "--plan": "plan"})


def _import(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "import", "turn a file of a public benchmark into an instance")
    parser.add_argument("format", metavar="FORMAT", help="gap, mkp, mmkp, aiplace ...; an unknown one lists them all")
    parser.add_argument("file", metavar="FILE", help="the benchmark's file; for icon its folder")
    parser.add_argument("--out", metavar="INSTANCE", required=True, help="instance to write (.json or .json.gz)")


def _bench(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "bench", "run a benchmark suite")
    parser.add_argument("suite", metavar="SUITE", help="uk-no, public ...; an unknown one lists them all")
    parser.add_argument("rest", metavar="...", nargs=argparse.REMAINDER, help="arguments of the benchmark")


def _serve(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "serve", "serve PlacementService over gRPC")
    parser.add_argument("--host", metavar="HOST", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", metavar="PORT", type=int, help="0: any free port (default: 50051)")
    parser.add_argument("--workers", metavar="N", type=int, help="solves at once (default: the CPUs)")
    parser.add_argument("--queue-length", metavar="N", type=int, help="calls that may wait for a worker (default: 256)")
    parser.add_argument("--log-level", metavar="LEVEL", help="DEBUG, INFO, WARNING or ERROR (default: INFO)")


def _engines(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "engines", "list the engines, what they can do and which features they carry")
    parser.add_argument("--server", metavar="HOST:PORT", help="those of this server (default: those of this installation)")
    _json(parser, "the engines")


def _doctor(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = _command(commands, "doctor", "check versions, engines, and libraries that clash")
    _json(parser, "the findings")
