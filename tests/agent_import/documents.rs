//! Documents that describe roles and teams in prose, lists, trees and code blocks.

use insta::assert_snapshot;

use crate::{imported, one, shown};

#[test]
fn a_role_document_is_an_agent() {
    let text = "# Caching Agent Role Definition

**Agent Type**: Specialist
**Model**: Some Model
**Activation**: slow pages

## Core Responsibilities

### Daily work
- **Cache Design**: Decide what is kept and for how long
- **Invalidation**: Remove what is stale

## Writing Authorities

### Exclusive Writing Permissions
- `**/cache/` - all cache code
- `config/cache*.yml` - its settings

### Forbidden Writing Areas
- Billing
- Migrations in `db/migrations/` (except `db/migrations/*_cache.sql`)

## Caching Specializations
- **Edge Caches**: headers and purging

## Coordination
### With Ops Agent
- **Capacity**: plan together
";
    let imported = imported("002.txt", text);
    assert_eq!(
        imported.repairs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "line 1: it has no front matter; @caching is derived from the heading `Caching Agent Role Definition`",
            "line 13: `writes` was taken from the write permissions in its text",
        ]
    );
    assert_eq!(imported.kept_as_text, ["Forbidden Writing Areas: Billing"]);
    let [agent] = imported.agents.as_slice() else { panic!("one agent") };
    assert_eq!(agent.role, text.trim());
    assert_snapshot!(serde_json::to_string_pretty(agent).expect("JSON"), @r#"
    {
      "handle": "@caching",
      "title": "Caching Agent Role Definition",
      "description": "Decide what is kept and for how long; Remove what is stale",
      "keywords": [
        "Edge Caches"
      ],
      "capabilities": [
        "Cache Design",
        "Invalidation"
      ],
      "writes": {
        "exclusive": [
          "**/cache/",
          "config/cache*.yml"
        ],
        "deny": [
          "db/migrations/",
          "!db/migrations/*_cache.sql"
        ]
      },
      "model": "Some Model"
    }
    "#);
}

#[test]
fn an_address_is_enough_for_a_role() {
    let (agent, repairs) =
        one("prompts/query-reviewer.txt", "You are the reviewer of all queries. Be strict.\n");
    assert_eq!(agent.handle.to_string(), "@query-reviewer");
    assert_eq!(agent.description, "You are the reviewer of all queries");
    assert_eq!(
        repairs,
        ["line 1: it has no front matter; @query-reviewer is taken from the name of the file"]
    );
}

#[test]
fn a_tree_of_roles_is_a_team_even_with_damaged_encoding() {
    let damaged =
        |text: &str| text.replace('├', "\u{e2}\u{201d}\u{153}").replace('─', "\u{e2}\u{201d}\u{20ac}");
    let text = damaged(
        "# Outage Workflow

## Phase 1
### Team Structure
```
Roles on duty:

LEAD (Senior Engineer)
├── Decides what is tried
├── Talks to customers

LOG_EXPERT (Analyst)
├── Reads logs and traces
├── Finds the first error
```

## Phase 2
### Log Expert Role: Reading
````markdown
**Role:** LOG_EXPERT
### Steps:
1. Collect
   ```bash
   # not a heading
   grep ERROR app.log
   ```
### Expected Output:
```
first error
```
````

### Lead Role: Deciding
Decide.

## Remember
Stay calm.
",
    );
    let imported = imported("004.txt", text.replace("````", "```"));
    assert_eq!(
        imported.repairs.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "line 1: its text names a team: @lead, @log-expert; what it says of no single one stays in the document",
            "line 9: UTF-8 had been read as Windows-1252; this was undone in 12 places",
        ]
    );
    assert_snapshot!(imported.agents.iter().map(shown).collect::<Vec<_>>().join("\n\n---\n\n"), @r#"
    {
      "handle": "@lead",
      "title": "LEAD",
      "description": "Senior Engineer",
      "capabilities": [
        "Decides what is tried",
        "Talks to customers"
      ]
    }

    **LEAD** (Senior Engineer)

    - Decides what is tried
    - Talks to customers

    ### Lead Role: Deciding
    Decide.

    ---

    {
      "handle": "@log-expert",
      "title": "LOG_EXPERT",
      "description": "Analyst",
      "capabilities": [
        "Reads logs and traces",
        "Finds the first error"
      ]
    }

    **LOG_EXPERT** (Analyst)

    - Reads logs and traces
    - Finds the first error

    ### Log Expert Role: Reading
    ````markdown
    **Role:** LOG_EXPERT
    ### Steps:
    1. Collect
       ```bash
       # not a heading
       grep ERROR app.log
       ```
    ### Expected Output:
    ```
    first error
    ```
    ````
    "#);
}

#[test]
fn a_map_of_teams_is_a_team_of_teams() {
    let text = "# How We Coordinate

## Who depends on us
```
Caching Team (Core)
├── API/Gateway Team (Critical)
└── Billing Team (Low)
```

### 1. API/Gateway Team Coordination
#### Shared work
```yaml
areas:
  headers: \"api_team\"
```

## Weekly Schedule
Mondays.
";
    let imported = imported("001.md", text);
    assert_snapshot!(imported.agents.iter().map(shown).collect::<Vec<_>>().join("\n\n---\n\n"), @r##"
    {
      "handle": "@caching-team",
      "title": "Caching Team",
      "description": "Core"
    }

    **Caching Team** (Core)

    ---

    {
      "handle": "@api-gateway-team",
      "title": "API/Gateway Team",
      "description": "Critical"
    }

    **API/Gateway Team** (Critical)

    ### 1. API/Gateway Team Coordination
    #### Shared work
    ```yaml
    areas:
      headers: "api_team"
    ```

    ---

    {
      "handle": "@billing-team",
      "title": "Billing Team",
      "description": "Low"
    }

    **Billing Team** (Low)
    "##);
}

const TEAM_BESIDE: &str = "---
name: cache-crew
metadata:
  description: \"How the cache crew works together\"
---

# Cache Crew

The crew consists of:

- **Cache Lead** (Plans)
- **Cache Watcher** (Dashboards)

```javascript
const tasks = {
  first: { from: \"cache-lead\", to: \"cache-watcher\" },
};
```

```yaml
steps:
  1. look:
      agent: \"cache-watcher\"
      action: \"read_dashboards\"
  2. plan:
      agent: \"cache-lead\"
      action: \"plan_changes\"
```
";

#[test]
fn an_agent_may_define_its_team() {
    let imported = imported("000.md", TEAM_BESIDE);
    assert_snapshot!(imported.agents.iter().skip(1).map(shown).collect::<Vec<_>>().join("\n\n---\n\n"), @r#"
    {
      "handle": "@cache-lead",
      "title": "Cache Lead",
      "description": "Plans",
      "capabilities": [
        "plan changes"
      ]
    }

    **Cache Lead** (Plans)

    - plan changes

    ---

    {
      "handle": "@cache-watcher",
      "title": "Cache Watcher",
      "description": "Dashboards",
      "capabilities": [
        "read dashboards"
      ]
    }

    **Cache Watcher** (Dashboards)

    - read dashboards
    "#);
    assert_eq!(imported.agents[0].handle.to_string(), "@cache-crew");
    assert!(imported.agents[0].role.contains("The crew consists of"), "its own text stays whole");
}

#[test]
fn a_list_in_an_agent_is_no_team_unless_its_members_act() {
    let (agent, _) = one("000.md", TEAM_BESIDE.replace("\"cache-", "\"other-"));
    assert_eq!(agent.handle.to_string(), "@cache-crew");
}

#[test]
fn agents_in_data_and_under_headings() {
    let data = "# Set-up\n\n```json\n{\"agents\": [{\"name\": \"tester\", \"role\": \"runs load tests\"}, {\"name\": \"Trace Reader\", \"skills\": [\"traces\"]}]}\n```\n";
    let found: Vec<_> = imported("x.md", data).agents.iter().map(|agent| agent.handle.to_string()).collect();
    assert_eq!(found, ["@tester", "@trace-reader"]);

    let headings =
        "# Our set-up\n\n## @ops.load - Load tests\nRuns them.\n\n## @ops.trace - Traces\nReads them.\n";
    let agents = imported("x.md", headings).agents;
    assert_eq!(agents[0].description, "Load tests");
    assert!(agents[1].role.contains("Reads them."), "{}", agents[1].role);
}
