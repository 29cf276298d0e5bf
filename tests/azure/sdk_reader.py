"""Azure's own library for Key Vault reads a secret: the program that other_clients.py runs.

Arguments: the vault's address, the secret's name, then authority, tenant, client id. $CLIENT_SECRET has the
secret of the application, $REQUESTS_CA_BUNDLE names the authority. Prints one JSON document.
"""

import json
import os
import sys

from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient


def seconds(at):
    return int(at.timestamp()) if at else None


def main() -> None:
    address, name, authority, tenant, client_id = sys.argv[1:]
    login = ClientSecretCredential(
        tenant, client_id, os.environ["CLIENT_SECRET"], authority=authority, disable_instance_discovery=True
    )
    # Only a vault that is no cloud's has to be excused from being in the domain that it asks a bearer for.
    client = SecretClient(address, login, verify_challenge_resource=address.endswith(".vault.azure.net"))
    versions = [
        {"version": each.version, "enabled": each.enabled}
        for each in client.list_properties_of_secret_versions(name)
    ]
    told = {"versions": versions}
    try:
        secret = client.get_secret(name)
        told |= {
            "value": secret.value, "version": secret.properties.version, "tags": secret.properties.tags,
            "content_type": secret.properties.content_type, "nbf": seconds(secret.properties.not_before),
            "exp": seconds(secret.properties.expires_on),
        }  # fmt: skip
    except HttpResponseError as problem:
        told["refusal"] = [problem.status_code, type(problem).__name__]
    print(json.dumps(told))


main()
