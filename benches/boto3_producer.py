#!/usr/bin/env python3
"""The producer as one writes it with boto3: csv.DictReader, checks, put_records of 500 from four threads.

    boto3_producer.py ENDPOINT FILE [STREAM]

Checks the rules of configs/ingestion/source.json. Prints {"read", "sent", "rejected", "seconds"} as JSON.
"""

import csv
import datetime
import decimal
import json
import sys
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import boto3
from botocore.config import Config

DEPARTMENTS = {"Engineering", "Data", "Sales", "Marketing", "Finance", "Operations", "People", "Legal"}
FIRST_HIRE, LAST_HIRE = datetime.date(1950, 1, 1), datetime.date(2100, 12, 31)
LOWEST, HIGHEST = decimal.Decimal("0.01"), decimal.Decimal("10000000")
THREADS = 4


def check(row):
    """The row as it is sent; raises ValueError, InvalidOperation or TypeError if it breaks a rule."""
    if None in row or None in row.values():
        raise ValueError("field count")
    employee_id = int(row["employee_id"])
    name = row["name"]
    age = int(row["age"]) if row["age"] else None
    salary = decimal.Decimal(row["salary"])
    hired = datetime.date.fromisoformat(row["hire_date"])
    skills = [skill.strip() for skill in row["skills"].split(";") if skill.strip()]
    if employee_id < 1 or not name or len(name.encode()) > 200 or row["department"] not in DEPARTMENTS:
        raise ValueError("range")
    if age is not None and not 16 <= age <= 100:
        raise ValueError("age")
    if not LOWEST <= salary <= HIGHEST or salary.as_tuple().exponent < -2:
        raise ValueError("salary")
    if not FIRST_HIRE <= hired <= LAST_HIRE or len(row["skills"]) > 1000:
        raise ValueError("hire date or skills")
    return {
        "employee_id": employee_id,
        "name": name,
        "age": age,
        "department": row["department"],
        "skills": skills or None,
        "salary": float(salary),
        "hire_date": hired.isoformat(),
    }


def put(client, stream, records):
    sent = len(records)
    while records:
        answer = client.put_records(StreamName=stream, Records=records)
        if not answer["FailedRecordCount"]:
            break
        records = [record for record, result in zip(records, answer["Records"], strict=True) if "ErrorCode" in result]
        time.sleep(0.1)
    return sent


def main():
    endpoint, path = sys.argv[1:3]
    stream = sys.argv[3] if len(sys.argv) > 3 else "bench"
    client = boto3.client(
        "kinesis",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(max_pool_connections=THREADS),
    )
    started = time.perf_counter()
    read = sent = rejected = 0
    pending, batch = set(), []
    with open(path, encoding="utf-8", newline="") as file, ThreadPoolExecutor(THREADS) as pool:
        for row in csv.DictReader(file):
            read += 1
            try:
                checked = check(row)
            except (ValueError, decimal.InvalidOperation, TypeError):
                rejected += 1
                continue
            data = json.dumps(checked, ensure_ascii=False, separators=(",", ":")) + "\n"
            batch.append({"Data": data.encode(), "PartitionKey": row["employee_id"]})
            if len(batch) == 500:
                pending.add(pool.submit(put, client, stream, batch))
                batch = []
                if len(pending) >= THREADS * 2:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    sent += sum(future.result() for future in done)
        if batch:
            pending.add(pool.submit(put, client, stream, batch))
        sent += sum(future.result() for future in pending)
    seconds = time.perf_counter() - started
    print(json.dumps({"read": read, "sent": sent, "rejected": rejected, "seconds": seconds}))


if __name__ == "__main__":
    main()
