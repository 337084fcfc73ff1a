"""The Spark session under the name that Glue gives it."""

import logging

from pyspark.sql import SparkSession


class GlueContext:
    def __init__(self, sparkContext, **options):
        self._context = sparkContext
        self.spark_session = SparkSession.builder.getOrCreate()

    def get_logger(self):
        return logging.getLogger("glue")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise missing(name)


def missing(name):
    return NotImplementedError(
        f"GlueContext.{name} is not on this machine: read and write with spark_session, or install AWS's awsglue"
    )
