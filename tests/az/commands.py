"""What the Azure CLI is asked for, in order, and what it must answer: rows of a table.

`$name` in a row stands for what the registry said of itself or what an earlier row kept. `out` is all of standard
output; `has` and `err` are parts of standard output and of standard error.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Az:
    words: str
    out: str | None = None
    has: str = ""
    err: str = ""
    code: int = 0
    keep: str = ""  # the name under which standard output is kept
    env: tuple[tuple[str, str], ...] = ()
    only: tuple[int, int] = (0, 0)  # of this version alone; (0, 0): of each


@dataclass(frozen=True)
class Login:
    """A login at the registry as a token, with a password that was kept; `status` is that of the answer."""

    user: str
    password: str
    status: int


@dataclass(frozen=True)
class Push:
    """skopeo pushes a new image, kept as `$digest`; `denied`: it must be refused with these words."""

    user: str
    password: str
    image: str
    denied: str = ""


@dataclass(frozen=True)
class Fault:
    """From here on the registry has this fault alone; {} has none. It must be met at least so often."""

    request: dict[str, object]
    least: int = 1


Row = Az | Login | Push | Fault

NAMES = "--query '[].name' -o tsv"
NOT_FOUND = 3  # az's exit code for a resource that does not exist
USAGE = 2

CLOUD: tuple[Row, ...] = (
    Az("account clear", ""),  # with the bearer of the first login in its cache az would not look at the password
    Az("login --service-principal -u $client_id -p wrong --tenant $tenant", code=1, err="AADSTS7000215"),
    Az("login --service-principal -u $client_id -p $client_secret --tenant $tenant --query '[].id' -o tsv",
       "$subscription"),
    Az("account show --query tenantId -o tsv", "$tenant"),
    Az("account list --refresh --query 'length(@)'", "1"),
    Az("account get-access-token --query tokenType -o tsv", "Bearer"),
    Az("account get-access-token --resource https://containerregistry.azure.net --query tenant -o tsv", "$tenant"),
    Az("group list " + NAMES, "$group"),
    Az("resource list --resource-type Microsoft.ContainerRegistry/registries " + NAMES, "$registry"),
    Az("rest --url /subscriptions/$subscription?api-version=2021-04-01 --query state -o tsv", "Enabled"),
)  # fmt: skip

# A machine of Azure has its identity from an address; which one, and in which form, is in the environment.
APP_SERVICE = tuple(
    (name, value)
    for name, value in (
        ("APPSETTING_WEBSITE_SITE_NAME", "site"),
        ("MSI_ENDPOINT", "$managed_identity/msi/token"),
        ("MSI_SECRET", "$identity_header"),
        ("IDENTITY_ENDPOINT", "$managed_identity/msi/token"),
        ("IDENTITY_HEADER", "$identity_header"),
    )
)
OLD_MACHINE = (("MSI_ENDPOINT", "$managed_identity/msi/token"),)
MACHINE = (("AZURE_POD_IDENTITY_AUTHORITY_HOST", "$managed_identity"),)

LOGINS: tuple[Row, ...] = (
    Az("account clear", ""),
    Az("login --service-principal -u $client_id $certificate_option $client_certificate --tenant $tenant --query '[].id' "
       "-o tsv", "$subscription"),
    Az("acr list " + NAMES, "$registry"),
    Az("account clear", ""),
    Az("login --service-principal -u $client_id --federated-token $federated --tenant $tenant --query '[].id' -o tsv",
       "$subscription"),
    Az("acr list " + NAMES, "$registry"),
    Az("account clear", ""),
    Az("login --service-principal -u $client_id --federated-token $federated.x --tenant $tenant", code=1,
       err="AADSTS"),
    Az("login --identity --query '[].user.name' -o tsv", "systemAssignedIdentity", env=APP_SERVICE),
    Az("acr list " + NAMES, "$registry", env=APP_SERVICE),
    Az("login --identity --query '[].user.name' -o tsv", "systemAssignedIdentity", env=OLD_MACHINE, only=(2, 45)),
    Az("acr list " + NAMES, "$registry", env=OLD_MACHINE, only=(2, 45)),
    Az("login --identity --query '[].user.name' -o tsv", "systemAssignedIdentity", env=MACHINE, only=(2, 91)),
    Az("acr list " + NAMES, "$registry", env=MACHINE, only=(2, 91)),
    Az("account clear", ""),
    Az("login --service-principal -u $client_id -p $client_secret --tenant $tenant --query '[].id' -o tsv",
       "$subscription"),
)  # fmt: skip

REGISTRY: tuple[Row, ...] = (
    Az("acr list " + NAMES, "$registry"),
    Az("acr list -g $group -o table", has="$login_server"),
    Az("acr list -g nowhere", code=NOT_FOUND, err="ResourceGroupNotFound"),
    Az("acr show -n $registry --query '[loginServer,sku.name,provisioningState]' -o tsv",
       "$login_server\nPremium\nSucceeded"),
    Az("acr show -n MyRegistry -g $group --query id -o tsv", has="/registries/$registry"),
    Az("acr show -n nosuchregistry", code=1, err="could not be found"),
    Az("acr show -n nosuchregistry -g $group", code=NOT_FOUND, err="ResourceNotFound"),
    Az("acr check-name -n $registry --query '[nameAvailable,reason]' -o tsv", "false\nAlreadyExists"),
    Az("acr check-name -n freeregistry --query nameAvailable", "true"),
    Az("acr credential show -n $registry", code=1, err="admin"),
    Az("acr update -n $registry --admin-enabled true --query adminUserEnabled", "true"),
    Az("acr credential show -n $registry --query '[username,passwords[0].name,passwords[1].name]' -o tsv",
       "$registry\npassword\npassword2"),
    Az("acr credential show -n $registry --query passwords[1].value -o tsv", keep="admin"),
    Login("$registry", "admin", 200),
    Az("acr credential renew -n $registry --password-name password2 --query username -o tsv", "$registry"),
    Login("$registry", "admin", 401),
    Az("acr update -n $registry --admin-enabled false --query adminUserEnabled", "false"),
    Az("acr show-usage -n $registry --query 'value[].name' -o tsv", "Size\nScopeMaps\nTokens"),
)  # fmt: skip

# Step 1 of the article, word for word but for the registry's name.
SCOPE_MAPS: tuple[Row, ...] = (
    Az("""acr scope-map create --name cicd-scope --registry $registry
          --description 'CI/CD pipeline access to application repositories'
          --repository myapp/api content/write content/read
          --repository myapp/frontend content/write content/read
          --repository myapp/worker content/write content/read
          --repository myapp/api metadata/read
          --repository myapp/frontend metadata/read
          --repository myapp/worker metadata/read
          --query 'length(actions)'""", "9"),
    Az("""acr scope-map create --name production-pull-scope --registry $registry
          --description 'Production cluster read-only access' --repository myapp/api content/read
          --repository myapp/frontend content/read --repository myapp/worker content/read
          --query 'sort(actions)' -o tsv""",
       "repositories/myapp/api/content/read\nrepositories/myapp/frontend/content/read\n"
       "repositories/myapp/worker/content/read"),
    Az("""acr scope-map create --name partner-scope --registry $registry
          --description 'External partner access to shared SDK images'
          --repository shared/sdk content/read --repository shared/sdk metadata/read
          --query provisioningState -o tsv""", "Succeeded"),
    Az("""acr scope-map create --name cleanup-scope --registry $registry
          --description 'Automated cleanup tool for removing old images'
          --repository myapp/api content/read content/delete metadata/read
          --repository myapp/frontend content/read content/delete
          --repository myapp/worker content/read content/delete --query name -o tsv""", "cleanup-scope"),
    Az("acr scope-map create -n samples-scope -r $registry --repository 'samples/*' content/read --query actions -o tsv",
       "repositories/samples/*/content/read"),
    Az("acr scope-map create -n wrong-scope -r $registry --repository 'samples/*/a' content/read", code=1,
       err="InvalidScopeMapAction"),
    Az("acr scope-map create -n wrong-scope -r $registry --repository myapp/api content/own", code=1,
       err="Invalid action"),
    Az("acr scope-map create -n 'bad name!' -r $registry --repository a content/read", code=1,
       err="InvalidScopeMapName"),
    Az("acr scope-map list -r $registry --query 'length(@)'", "10"),
    Az("acr scope-map list -r $registry --query \"[?name=='_repositories_pull'].description\" -o tsv",
       "Can pull any repository of the registry"),
    Az("acr scope-map list -r $registry -o table", has="_repositories_admin"),
    Az("acr scope-map show -n CICD-scope -r $registry --query description -o tsv",
       "CI/CD pipeline access to application repositories"),
    Az("acr scope-map show -n nowhere -r $registry", code=NOT_FOUND, err="ResourceNotFound"),
    Az("acr scope-map update -n _repositories_pull -r $registry --description mine", code=1, err="system"),
)  # fmt: skip

# Steps 2 and 3, corrected: a token is made with two endless passwords unless it is told not to, and the option is
# named --expiration.
TOKENS: tuple[Row, ...] = (
    Az("""acr token create --name cicd-token --registry $registry --scope-map cicd-scope --status enabled
          --query 'credentials.passwords[].name' -o tsv""", "password1\npassword2", err="docker login"),
    Az("""acr token create --name production-pull-token --registry $registry --scope-map production-pull-scope
          --status enabled --no-passwords --query 'credentials.passwords' -o tsv""", ""),
    Az("""acr token create --name partner-token --registry $registry --scope-map partner-scope
          --status enabled --no-passwords --query status -o tsv""", "enabled"),
    Az("acr token create -n cleanup-token -r $registry --scope-map cleanup-scope --expiration-in-days 30 "
       "--query 'credentials.passwords[0].value' -o tsv", keep="cleaner"),
    Az("acr token create -n single-token -r $registry --repository myapp/api content/read "
       "--query 'credentials.passwords[0].value' -o tsv", keep="single"),
    Az("acr scope-map show -n single-token-scope-map -r $registry --query actions -o tsv",
       "repositories/myapp/api/content/read"),
    Az("acr token create -n 1token -r $registry --scope-map cicd-scope --no-passwords", code=1,
       err="InvalidTokenName"),
    Az("acr token create -n other-token -r $registry --scope-map nowhere --no-passwords", code=1,
       err="ScopeMapNotFound"),
    Az("acr token credential generate --name cicd-token --registry $registry --password1 "
       "--expiry 2027-01-01T00:00:00Z", code=USAGE, err="--expiry"),
    Az("acr token credential generate --name cicd-token --registry $registry --password1 "
       "--expiration 2037-01-01T00:00:00Z --query \"passwords[?name=='password1'].value\" -o tsv", keep="cicd"),
    Az("acr token credential generate --name production-pull-token --registry $registry --password1 "
       "--expiration 2037-01-01T00:00:00Z --query passwords[0].value -o tsv", keep="pull1"),
    Az("acr token credential generate --name partner-token --registry $registry --password1 "
       "--expiration-in-days 30 --query passwords[0].value -o tsv", keep="partner"),
    Az("acr token credential generate -n cicd-token -r $registry --password1 --expiration 2020-01-01T00:00:00Z",
       code=1, err="InvalidExpiry"),
    Az("acr token credential generate -n nowhere -r $registry --password1", code=NOT_FOUND,
       err="ResourceNotFound"),
    Az("acr token show -n cicd-token -r $registry --query \"credentials.passwords[?name=='password1'].expiry\" -o tsv",
       has="2037-01-01T00:00:00"),
    Az("acr token show -n cicd-token -r $registry --query 'credentials.passwords[].value' -o tsv", ""),
    Login("cicd-token", "cicd", 200),
    Login("production-pull-token", "pull1", 200),
    Login("single-token", "single", 200),
)  # fmt: skip

# Steps 4 and 6.
PASSWORDS: tuple[Row, ...] = (
    Push("cicd-token", "cicd", "myapp/api:v2.0"),
    Push("cicd-token", "cicd", "unauthorized/image:latest", denied="denied"),
    Push("production-pull-token", "pull1", "myapp/api:v2.0", denied="denied"),
    Az("acr token credential generate --name production-pull-token --registry $registry --password2 "
       "--expiration 2038-01-01T00:00:00Z --query \"passwords[?name=='password2'].value\" -o tsv", keep="pull2"),
    Az("acr token show -n production-pull-token -r $registry --query 'length(credentials.passwords)'", "2"),
    Login("production-pull-token", "pull1", 200),
    Login("production-pull-token", "pull2", 200),
    Az("acr token credential delete --name production-pull-token --registry $registry --password1 "
       "--query 'credentials.passwords[].name' -o tsv", "password2"),
    Login("production-pull-token", "pull1", 401),
    Login("production-pull-token", "pull2", 200),
    Az("acr token credential delete --name production-pull-token --registry $registry --password1", code=1,
       err="doesn't exist"),
)  # fmt: skip

# Step 7 and what follows it.
LIFE_OF_TOKENS: tuple[Row, ...] = (
    Az("acr token list --registry $registry -o table", has="production-pull-token"),
    Az("acr token list -r $registry --query 'length(@)'", "5"),
    Az("acr token show --name cicd-token --registry $registry --query scopeMapId -o tsv",
       has="/scopeMaps/cicd-scope"),
    Az("acr token update --name partner-token --registry $registry --status disabled --query status -o tsv",
       "disabled"),
    Login("partner-token", "partner", 401),
    Az("acr token update --name partner-token --registry $registry --status enabled --query status -o tsv",
       "enabled"),
    Login("partner-token", "partner", 200),
    Az("acr token update -n partner-token -r $registry --status disabled --query status -o tsv", "disabled"),
    # It was not asked to, and enables the token.
    Az("acr token update -n partner-token -r $registry --scope-map samples-scope --query status -o tsv",
       "enabled"),
    Az("acr scope-map delete -n samples-scope -r $registry --yes", code=1, err="ScopeMapInUse"),
    Az("acr token delete --name partner-token --registry $registry --yes", ""),
    Login("partner-token", "partner", 401),
    Az("acr token show -n partner-token -r $registry", code=NOT_FOUND, err="ResourceNotFound"),
    Az("acr token delete -n partner-token -r $registry --yes", ""),
    Az("acr scope-map delete -n samples-scope -r $registry --yes", ""),
    Az("""acr scope-map update --name cicd-scope --registry $registry
          --add-repository myapp/newservice content/write content/read --query 'length(actions)'""", "11"),
    Az("""acr scope-map update --name cicd-scope --registry $registry
          --remove-repository myapp/newservice content/write content/read --query 'length(actions)'""", "9"),
    Az("acr scope-map update -n cicd-scope -r $registry --description new --query '[description,length(actions)]' "
       "-o tsv", "new\n9"),
)  # fmt: skip

IMAGES: tuple[Row, ...] = (
    Az("acr login -n $registry --expose-token --query loginServer -o tsv", "$login_server"),
    Az("acr login -n $registry --expose-token --query accessToken -o tsv", keep="refresh"),
    Login("00000000-0000-0000-0000-000000000000", "refresh", 200),
    Az("acr repository list -n $registry -o tsv", "myapp/api"),
    Az("acr repository list -n $registry -u cicd-token -p $cicd", code=1),
    Az("acr token create -n reader-token -r $registry --scope-map _repositories_pull_metadata_read "
       "--query 'credentials.passwords[0].value' -o tsv", keep="reader"),
    Az("acr repository list -n $registry -u reader-token -p $reader -o tsv", "myapp/api"),
    Az("acr token delete -n reader-token -r $registry --yes", ""),
    Az("acr repository show -n $registry --repository myapp/api --query '[tagCount,manifestCount]' -o tsv", "1\n1"),
    Az("acr repository show -n $registry --image myapp/api:v2.0 --query digest -o tsv", "$digest"),
    Az("acr repository show-tags -n $registry --repository myapp/api -o tsv", "v2.0"),
    Az("acr repository show-tags -n $registry --repository myapp/api -u cicd-token -p $cicd -o tsv", "v2.0"),
    Az("acr repository show-tags -n $registry --repository myapp/api -u single-token -p $single", code=1,
       err="authentication required"),
    Az("acr repository show-tags -n $registry --repository no/where", code=1, err="repository name not known"),
    Az("acr repository show-tags -n $registry --repository myapp/api --detail --query '[].digest' -o tsv", "$digest"),
    Az("acr repository update -n $registry --image myapp/api:v2.0 --write-enabled false --delete-enabled false "
       "--query changeableAttributes.writeEnabled", "false"),
    Push("cicd-token", "cicd", "myapp/api:v2.0", denied="disallowed on this registry, repository or image"),
    Az("acr repository untag -n $registry --image myapp/api:v2.0", code=1, err="disallowed"),
    Az("acr repository update -n $registry --image myapp/api:v2.0 --write-enabled true --delete-enabled true "
       "--query changeableAttributes.deleteEnabled", "true"),
    Az("acr repository update -n $registry --repository myapp/api --write-enabled false "
       "-u cicd-token -p $cicd", code=1),
    Push("cicd-token", "cicd", "myapp/api:v2.1"),
    Az("acr repository show-tags -n $registry --repository myapp/api --orderby time_desc --top 1 -o tsv", "v2.1"),
    Az("acr manifest list-metadata -r $registry -n myapp/api --query '[].tags[0] | sort(@)' -o tsv", "v2.0\nv2.1"),
    Az("acr manifest list-metadata -r $registry -n myapp/api -u cicd-token -p $cicd "
       "--query '[0].[architecture,os]' -o tsv", "amd64\nlinux"),
    Az("acr manifest show-metadata -r $registry -n myapp/api:v2.1 --query digest -o tsv", "$digest"),
    Az("acr manifest show -r $registry -n myapp/api:v2.1 --query 'length(layers)'", "1"),
    Az("acr repository untag -n $registry --image myapp/api:v2.1 -u cleanup-token -p $cleaner", ""),
    Az("acr repository show-tags -n $registry --repository myapp/api -o tsv", "v2.0"),
    Az("acr repository untag -n $registry --image myapp/api:v2.0 -u cicd-token -p $cicd", code=1),
    Az("acr manifest delete -r $registry -n myapp/api@$digest --yes", ""),
    Az("acr manifest list-metadata -r $registry -n myapp/api --query 'length(@)'", "1"),
    Az("acr repository delete -n $registry --image myapp/api:v2.0 --yes"),
    Az("acr repository list -n $registry -o tsv", ""),
    Push("cicd-token", "cicd", "myapp/worker:one"),
    Az("acr repository delete -n $registry --repository myapp/worker --yes", has="manifestsDeleted"),
    Az("acr repository list -n $registry -o tsv", ""),
    Az("acr repository list-deleted -n $registry -o tsv", ""),
)  # fmt: skip

# Pages that lead to each other, and answers that are there only later.
SLOW_ANSWERS: tuple[Row, ...] = (
    Fault({"fault": "page_size", "size": 2, "match": "/scopeMaps?"}, least=5),
    Az("acr scope-map list -r $registry --query 'length(@)'", "10"),
    Fault({"fault": "page_size", "size": 2, "match": "/tokens?"}, least=2),
    Az("acr token list -r $registry --query 'length(@)'", "4"),
    Fault({"fault": "async", "polls": 1, "retry_after": 1, "match": "arm P"}, least=2),
    Az("acr token create -n late-token -r $registry --scope-map cicd-scope --no-passwords "
       "--query provisioningState -o tsv", "Succeeded"),
    Az("acr token credential generate -n late-token -r $registry --password1 --query passwords[0].value -o tsv",
       keep="late"),
    Login("late-token", "late", 200),
    Az("acr token delete -n late-token -r $registry --yes", ""),
    Fault({"fault": "arm_status", "status": 429, "retry_after": 1, "times": 1}),
    Az("acr token list -r $registry --query 'length(@)'", "4"),
    Fault({"fault": "arm_status", "status": 409, "times": 1}),
    Az("acr token list -r $registry", code=1, err="Conflict"),
    Fault({"fault": "insufficient_claims", "match": "/tokens?", "times": 1}),
    Az("acr token list -r $registry --query 'length(@)'", "4"),
    Fault({}),
)  # fmt: skip

QUERY = "rest --method post --resource https://api.loganalytics.io --url $log_analytics/v1/workspaces/$workspace/query"

# What the audit of the article asks, and more.
AUDIT: tuple[Row, ...] = (
    Az("""monitor diagnostic-settings create --name acr-diagnostics --resource $registry_id
          --workspace /subscriptions/$subscription/resourceGroups/$group/providers/Microsoft.OperationalInsights/workspaces/w
          --logs '[{"category":"ContainerRegistryLoginEvents","enabled":true}]' --query name -o tsv""", "acr-diagnostics"),
    Az(QUERY + """ --body '{"query": "ContainerRegistryLoginEvents | where TimeGenerated > ago(24h)
          | project TimeGenerated, Identity, LoginServer, ResultType | where Identity == \\"cicd-token\\" | take 1"}'
          --query 'tables[0].rows[0][1:]' -o tsv""", "cicd-token\n$login_server\nHttpStatusCode"),
    Az(QUERY + """ --body '{"query": "ContainerRegistryLoginEvents | where ResultDescription != \\"200\\"
          | distinct Identity, ResultDescription | where Identity == \\"partner-token\\""}'
          --query 'tables[0].rows[0]' -o tsv""", "partner-token\n401"),
    Az(QUERY + """ --body '{"query": "ContainerRegistryRepositoryEvents | where ResultDescription contains \\"40\\"
          and Repository == \\"unauthorized/image\\" | distinct Identity, OperationName, Repository"}'
          --query 'tables[0].rows[0]' -o tsv""", "cicd-token\nPull\nunauthorized/image"),  # it looks for the layer first
    Az(QUERY + """ --body '{"query": "ContainerRegistryRepositoryEvents | where ResultDescription startswith \\"2\\"
          | summarize Events = count() by Identity, OperationName, Repository | where OperationName == \\"Untag\\""}'
          --query 'tables[0].rows[0]' -o tsv""", "cleanup-token\nUntag\nmyapp/api\n1"),
    Az(QUERY + """ --body '{"query": "ContainerRegistryLoginEvents | render piechart"}'""", code=1, err="render"),
)  # fmt: skip

END: tuple[Row, ...] = (
    Az("logout", ""),
    Az("acr list", code=1, err="az login"),
)

ROWS = CLOUD + LOGINS + REGISTRY + SCOPE_MAPS + TOKENS + PASSWORDS + LIFE_OF_TOKENS + IMAGES + AUDIT + SLOW_ANSWERS + END
