"""The walk from scope maps to an audit, as shell commands: what somebody types who follows an article on scoped tokens.

Each is played as it stands, and its output stands in packaging/doc/emulator.md. Where the usual instruction is wrong
for Azure, the command is the corrected one and `note` says why.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    text: str
    code: int = 0
    note: str = ""


@dataclass(frozen=True)
class Step:
    title: str
    commands: tuple[Command, ...]


VARIABLES = ("CICD", "PULL1", "PULL2", "PARTNER", "ID")  # what the commands keep for each other


def generate(variable: str, token: str, slot: str, expiration: str) -> str:
    return f"""{variable}=$(az acr token credential generate --name {token} --registry myRegistry \\
    --{slot} {expiration} --query "passwords[?name=='{slot}'].value" -o tsv)"""


def secret(password: str) -> str:
    return f"""kubectl create secret docker-registry acr-pull-secret --namespace=production \\
    --docker-server=myregistry.azurecr.io --docker-username=production-pull-token \\
    --docker-password="${password}" --dry-run=client -o name"""


STEPS = (
    Step("Step 1: scope maps", (
        Command("""az acr scope-map create --name cicd-scope --registry myRegistry \\
    --description "CI/CD pipeline access to application repositories" \\
    --repository myapp/api content/write content/read metadata/read \\
    --repository myapp/frontend content/write content/read metadata/read \\
    --repository myapp/worker content/write content/read metadata/read --query "length(actions)\""""),
        Command("""az acr scope-map create --name production-pull-scope --registry myRegistry \\
    --description "Production cluster read-only access" \\
    --repository myapp/api content/read --repository myapp/frontend content/read \\
    --repository myapp/worker content/read --query "sort(actions)" -o tsv"""),
        Command("""az acr scope-map create --name partner-scope --registry myRegistry \\
    --description "External partner access to shared SDK images" \\
    --repository shared/sdk content/read metadata/read --query provisioningState -o tsv"""),
        Command("""az acr scope-map create --name cleanup-scope --registry myRegistry \\
    --description "Automated cleanup tool for removing old images" \\
    --repository myapp/api content/read content/delete \\
    --repository myapp/frontend content/read content/delete \\
    --repository myapp/worker content/read content/delete --query name -o tsv"""),
    )),
    Step("Step 2: tokens", (
        Command("""az acr token create --name cicd-token --registry myRegistry --scope-map cicd-scope \\
    --status enabled --no-passwords --query "[name, status]" -o tsv""",
                note="Without `--no-passwords` it makes both passwords, and they never expire."),
        Command("""az acr token create --name production-pull-token --registry myRegistry \\
    --scope-map production-pull-scope --status enabled --no-passwords --query "[name, status]" -o tsv"""),
        Command("""az acr token create --name partner-token --registry myRegistry --scope-map partner-scope \\
    --status enabled --no-passwords --query "[name, status]" -o tsv"""),
    )),
    Step("Step 3: passwords", (
        Command(generate("CICD", "cicd-token", "password1", "--expiration 2037-01-01T00:00:00Z"),
                note="The option is `--expiration` (or `--expiration-in-days`); there is no `--expiry`. The value is "
                     "shown this once, and it is taken by the password's name, since the answer lists both."),
        Command(generate("PULL1", "production-pull-token", "password1", "--expiration 2037-01-01T00:00:00Z")),
        Command(generate("PARTNER", "partner-token", "password1", "--expiration-in-days 30")),
        Command("""az acr token show --name cicd-token --registry myRegistry \\
    --query "credentials.passwords[].[name, expiry, value]" -o tsv"""),
    )),
    Step("Step 4: Docker", (
        Command("""docker login myregistry.azurecr.io --username cicd-token --password-stdin <<< "$CICD\""""),
        Command("""az acr login --name myRegistry --username cicd-token --password "$CICD\"""",
                note="Or with `az`, which gives the password to Docker as an argument, for everybody to see."),
        Command("docker push --quiet myregistry.azurecr.io/myapp/api:v2.0"),
        Command("docker push --quiet myregistry.azurecr.io/unauthorized/image:latest", code=1),
    )),
    Step("Step 5: Kubernetes", (
        Command(secret("PULL1"), note="With a cluster at hand leave out `--dry-run=client`."),
    )),
    Step("Step 6: rotation", (
        Command(generate("PULL2", "production-pull-token", "password2", "--expiration 2038-01-01T00:00:00Z")),
        Command("""docker login myregistry.azurecr.io --username production-pull-token --password-stdin <<< "$PULL1\"""",
                note="Both are good now, so consumers move when they like."),
        Command("""docker login myregistry.azurecr.io --username production-pull-token --password-stdin <<< "$PULL2\""""),
        Command(secret("PULL2")),
        Command("""az acr token credential delete --name production-pull-token --registry myRegistry --password1 \\
    --query "credentials.passwords[].name" -o tsv"""),
        Command("""docker login myregistry.azurecr.io --username production-pull-token --password-stdin <<< "$PULL1\"""",
                code=1),
        Command("docker pull --quiet myregistry.azurecr.io/myapp/api:v2.0"),
    )),
    Step("Step 7: the life of tokens", (
        Command("az acr token list --registry myRegistry --query \"[].[name, status]\" -o tsv"),
        Command("""az acr token show --name cicd-token --registry myRegistry --query scopeMapId -o tsv"""),
        Command("az acr token update --name partner-token --registry myRegistry --status disabled --query status -o tsv"),
        Command("""docker login myregistry.azurecr.io --username partner-token --password-stdin <<< "$PARTNER\"""", code=1),
        Command("az acr token update --name partner-token --registry myRegistry --status enabled --query status -o tsv"),
        Command("az acr token delete --name partner-token --registry myRegistry --yes"),
        Command("az acr token list --registry myRegistry --query \"[].name\" -o tsv"),
    )),
    Step("Another repository for a scope map", (
        Command("""az acr scope-map update --name cicd-scope --registry myRegistry \\
    --add-repository myapp/newservice content/write content/read --query "length(actions)\""""),
        Command("""docker login myregistry.azurecr.io --username cicd-token --password-stdin <<< "$CICD\"""",
                note="No new password is needed; what the token may do counts from the next login."),
        Command("docker push --quiet myregistry.azurecr.io/myapp/newservice:v1"),
        Command("""az acr scope-map update --name cicd-scope --registry myRegistry \\
    --remove-repository myapp/newservice content/write content/read --query "length(actions)\""""),
        Command("docker push --quiet myregistry.azurecr.io/myapp/newservice:v1", code=1),
    )),
    Step("Audit", (
        Command("ID=$(az acr show --name myRegistry --query id -o tsv)"),
        Command("""az monitor diagnostic-settings create --name acr-diagnostics --resource "$ID" \\
    --workspace "${ID%/Microsoft.ContainerRegistry/*}/Microsoft.OperationalInsights/workspaces/audit" \\
    --logs '[{"category": "ContainerRegistryLoginEvents", "enabled": true}]' --query name -o tsv"""),
        Command("""az rest --method post --resource https://api.loganalytics.io \\
    --url "$(field log_analytics)/v1/workspaces/$(field workspace)/query" --body '{"query":
    "ContainerRegistryLoginEvents | where TimeGenerated > ago(24h) | distinct Identity, ResultDescription | order by Identity asc, ResultDescription asc"}' \\
    --query "tables[0].rows" -o tsv"""),
        Command("""az rest --method post --resource https://api.loganalytics.io \\
    --url "$(field log_analytics)/v1/workspaces/$(field workspace)/query" --body '{"query":
    "ContainerRegistryRepositoryEvents | where ResultDescription contains \\"40\\" | distinct Identity, Repository, ResultDescription | order by Repository asc"}' \\
    --query "tables[0].rows" -o tsv"""),
    )),
)  # fmt: skip
