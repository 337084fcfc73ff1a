"""Arguments of a job."""

import argparse


class GlueArgumentError(Exception):
    """An argument is missing."""


class GlueArgumentParser(argparse.ArgumentParser):
    """Raises where argparse would end the process."""

    def error(self, message):
        raise GlueArgumentError(message)


def getResolvedOptions(args, options):
    """The values of the arguments named `options`, all of them required, and JOB_NAME's ilk where they are given."""
    parser = GlueArgumentParser(allow_abbrev=False)
    own = ("JOB_NAME", "JOB_ID", "JOB_RUN_ID", "TempDir")
    for name in {*options, *own}:
        parser.add_argument("--" + name, required=name in options)
    found = vars(parser.parse_known_args(args[1:])[0])
    return {name: value for name, value in found.items() if value is not None}
