package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// FormatVersion is the version of the tables and of what the projectors put into
// them. Raise it with every change of either: older lakes are then rebuilt.
const FormatVersion = 2

// ddl returns every statement that makes an empty lake, in order.
func ddl() []string {
	list := []string{
		`CREATE TABLE lake_meta (format INTEGER, created_at TIMESTAMP)`,
		`CREATE TABLE applied (node VARCHAR, seq UBIGINT)`,
		`CREATE TABLE projector_state (node VARCHAR, seq UBIGINT, state BLOB)`,
		`CREATE TABLE sources (node VARCHAR, source VARCHAR, first_at TIMESTAMP, last_at TIMESTAMP)`,
		`CREATE TABLE visits_open (` + visitColumns + `)`,
		`CREATE TABLE agent_spans_open (` + spanColumns + `)`,
	}
	for _, t := range tables {
		list = append(list, `CREATE TABLE `+t.name+` (`+t.columns+`)`)
	}
	return append(list, views...)
}

// views are the shapes that reports join. A set-up row counts from its change on,
// its first version since ever; dated rows carry their own valid_from.
var views = []string{
	`CREATE VIEW visits_all AS
		SELECT *, false AS open FROM visits UNION ALL SELECT *, true AS open FROM visits_open`,
	`CREATE VIEW agent_spans_all AS
		SELECT *, false AS open, to_at AS known_until FROM agent_spans
		UNION ALL SELECT o.*, true AS open, s.last_at AS known_until
		FROM agent_spans_open o LEFT JOIN sources s ON s.node = o.node AND s.source = coalesce(o.source, '')`,
	`CREATE VIEW dims AS
		SELECT tbl, id, CASE WHEN row_number() OVER w = 1 THEN TIMESTAMP '0001-01-01' ELSE "at" END AS valid_from,
			lead("at") OVER w AS valid_to, version, retired, "row"
		FROM dims_log WINDOW w AS (PARTITION BY tbl, id ORDER BY "at", version, node, seq)`,
	`CREATE VIEW dims_current AS
		SELECT tbl, id, version, retired, "row" FROM dims WHERE valid_to IS NULL`,
	// Dated rows: the last version of each key, without removed ones; the key holds
	// valid_from, so every row of the table's history is a key of its own.
	`CREATE VIEW dims_dated AS
		SELECT tbl, "row", coalesce(CAST("row"->>'valid_from' AS TIMESTAMPTZ) AT TIME ZONE 'UTC', TIMESTAMP '0001-01-01') AS valid_from
		FROM dims_current WHERE tbl IN ('agent_terms', 'agent_skills', 'queue_targets', 'stream_rules') AND ("row"->>'removed') IS NULL`,
	`CREATE VIEW dim_sites AS
		SELECT id, "row"->>'name' AS name, "row"->>'zone' AS zone, CAST("row"->>'week_start' AS INTEGER) AS week_start,
			valid_from, valid_to FROM dims WHERE tbl = 'sites'`,
	`CREATE VIEW dim_groups AS
		SELECT id, "row"->>'name' AS name, "row"->>'site_id' AS site, valid_from, valid_to FROM dims WHERE tbl = 'queue_groups'`,
	`CREATE VIEW dim_queues AS
		WITH q AS (
			SELECT id, "row"->>'name' AS name, "row"->>'site_id' AS site, "row"->>'group_id' AS grp, "row"->>'stream_id' AS stream, valid_from
			FROM dims WHERE tbl = 'queues'
		), t AS (
			SELECT "row"->>'queue_id' AS id, CAST("row"->>'share' AS DOUBLE) AS target_sl, CAST("row"->>'within_us' AS BIGINT) AS within_us,
				CAST("row"->>'short_us' AS BIGINT) AS short_us, "row"->'overrides' AS targets, valid_from
			FROM dims_dated WHERE tbl = 'queue_targets'
		), cut AS (
			SELECT id, valid_from FROM q UNION SELECT id, valid_from FROM t
		), span AS (
			SELECT id, valid_from, lead(valid_from) OVER (PARTITION BY id ORDER BY valid_from) AS valid_to FROM cut
		)
		SELECT s.id, q.name, q.site, q.grp, q.stream, t.within_us AS threshold_us, t.short_us, t.target_sl,
			t.within_us AS target_within_us, t.targets, s.valid_from, s.valid_to
		FROM span s ASOF JOIN q ON q.id = s.id AND q.valid_from <= s.valid_from
			ASOF LEFT JOIN t ON t.id = s.id AND t.valid_from <= s.valid_from`,
	`CREATE VIEW dim_agents AS
		WITH a AS (
			SELECT id, "row"->>'name' AS name, "row"->>'extension' AS extension, valid_from FROM dims WHERE tbl = 'agents'
		), t AS (
			SELECT "row"->>'agent_id' AS id, "row"->>'team_id' AS team, CAST("row"->>'wage_cents' AS BIGINT) AS wage_cents, valid_from
			FROM dims_dated WHERE tbl = 'agent_terms'
		), cut AS (
			SELECT id, valid_from FROM a UNION SELECT id, valid_from FROM t
		), span AS (
			SELECT id, valid_from, lead(valid_from) OVER (PARTITION BY id ORDER BY valid_from) AS valid_to FROM cut
		)
		SELECT s.id, a.name, a.extension, nullif(t.team, '') AS team, t.wage_cents, s.valid_from, s.valid_to
		FROM span s ASOF JOIN a ON a.id = s.id AND a.valid_from <= s.valid_from
			ASOF LEFT JOIN t ON t.id = s.id AND t.valid_from <= s.valid_from`,
	`CREATE VIEW dim_teams AS
		SELECT id, "row"->>'name' AS name, "row"->>'site_id' AS site, valid_from, valid_to FROM dims WHERE tbl = 'teams'`,
	`CREATE VIEW dim_skills AS
		SELECT id, "row"->>'name' AS name, valid_from, valid_to FROM dims WHERE tbl = 'skills'`,
	`CREATE VIEW dim_codes AS
		SELECT id, "row"->>'code' AS code, "row"->>'label' AS label, "row"->>'queue_id' AS queue, valid_from, valid_to
		FROM dims WHERE tbl = 'codes'`,
}

// DimViews are the statements that make the views of set-up on a table dims_log.
func DimViews() []string {
	at := slices.IndexFunc(views, func(v string) bool { return strings.HasPrefix(v, "CREATE VIEW dims AS") })
	return slices.Clone(views[at:])
}

// createSchema makes the tables of an empty database and checkpoints, so that no
// later crash has to replay a change of schema.
func createSchema(ctx context.Context, c *sql.Conn, cfg Config) error {
	for _, stmt := range ddl() {
		if _, err := c.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("create lake: %w in %.60s", err, stmt)
		}
	}
	if _, err := c.ExecContext(ctx, `INSERT INTO lake_meta VALUES (?, ?)`, FormatVersion, cfg.Now().UTC()); err != nil {
		return fmt.Errorf("create lake: %w", err)
	}
	if _, err := c.ExecContext(ctx, `CHECKPOINT`); err != nil {
		return fmt.Errorf("create lake: checkpoint: %w", err)
	}
	return nil
}
