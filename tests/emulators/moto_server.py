"""moto's server with two of its faults kept away: `python moto_server.py -H HOST -p PORT`.

Both concern the server and not AWS's behaviour, which stays moto's own.
"""

import threading

import moto.server
from moto.s3.responses import S3Response


def one_at_a_time(run):
    """PutRecords "is not safe for concurrency", as moto's source says of it: two requests at once lose records."""
    lock = threading.Lock()

    def serve(host, port, app, **options):
        def locked(environ, start_response):
            with lock:
                return app(environ, start_response)

        return run(host, port, locked, **options)

    return serve


def get_bucket_versioning(self):
    """moto 5.2 wraps the answer in <GetBucketVersioningResponse>, which strict SDKs refuse; the API's element is
    <VersioningConfiguration> (S3 API, GetBucketVersioning)."""
    status = self.backend.get_bucket_versioning(self.bucket_name)
    inner = f"<Status>{status}</Status>" if status else ""
    namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
    return 200, {}, f'<VersioningConfiguration xmlns="{namespace}">{inner}</VersioningConfiguration>'


moto.server.run_simple = one_at_a_time(moto.server.run_simple)
S3Response.get_bucket_versioning = get_bucket_versioning

if __name__ == "__main__":
    moto.server.main()
