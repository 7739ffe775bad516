"""Fills an MLflow server's registry through MLflow's own client, and says as JSON what that client reads back.

Usage: mlflow_registry.py URL [change]
"""

import json
import sys

from mlflow import MlflowClient

client = MlflowClient(sys.argv[1], sys.argv[1])


def fill():
    client.create_registered_model("fraud", tags={"team": "risk"}, description="Scores payments.")
    for number in range(1, 206):
        client.create_model_version(
            "fraud", f"s3://models/fraud/{number}", tags={"loss": str(number / 1000)}, description=f"Take {number}."
        )
    client.set_registered_model_alias("fraud", "champion", "204")
    client.set_registered_model_alias("fraud", "challenger", "205")
    client.create_registered_model("team's summary")
    client.create_model_version("team's summary", "s3://models/summary/1")
    client.create_registered_model("empty")
    for number in range(120):
        client.create_registered_model(f"bulk-{number:03}")
        client.create_model_version(f"bulk-{number:03}", f"s3://models/bulk/{number}")


def change():
    client.set_registered_model_alias("fraud", "champion", "205")
    client.create_model_version("fraud", "s3://models/fraud/206")


def pages(search):
    rows, token = [], None
    while True:
        page = search(token)
        rows += page
        token = page.token
        if not token:
            return rows


if "change" in sys.argv[2:]:
    change()
else:
    fill()
models = pages(lambda token: client.search_registered_models(max_results=50, page_token=token))
versions = pages(lambda token: client.search_model_versions(max_results=50, page_token=token))
print(
    json.dumps(
        {
            "models": {model.name: model.aliases for model in models},
            "versions": [
                {
                    "name": version.name,
                    "version": str(version.version),
                    "source": version.source,
                    "description": version.description or None,
                    "tags": version.tags,
                }
                for version in versions
            ],
        }
    )
)
