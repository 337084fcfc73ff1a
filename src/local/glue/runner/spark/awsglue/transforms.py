"""Imported by every script that Glue Studio writes; the transforms themselves need AWS's awsglue."""

__all__ = []


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise NotImplementedError(f"awsglue.transforms.{name} is not on this machine: use Spark's DataFrames")
