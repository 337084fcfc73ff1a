"""DynamicFrame, as a name to import."""


class DynamicFrame:
    def __init__(self, *args, **options):
        raise missing("DynamicFrame")

    @classmethod
    def fromDF(cls, *args, **options):
        raise missing("DynamicFrame.fromDF")


def missing(name):
    return NotImplementedError(f"{name} is not on this machine: use Spark's DataFrames, or install AWS's awsglue")
