package sandbox

import (
	"bufio"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Child is the child process: it answers the job on standard input and returns its exit code.
func Child(ctx context.Context, in io.Reader, out, complain io.Writer) int {
	lines := bufio.NewReader(in)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		fmt.Fprintln(complain, "sql-child: this command is started by the platform and not by hand")
		return 2
	}
	go func() { // the parent holds the other end as long as somebody waits for the answer
		_, _ = io.Copy(io.Discard, lines)
		os.Exit(1)
	}()
	if err := work(ctx, line, out); err != nil {
		why, ok := errors.AsType[*Refusal](err)
		if !ok {
			why = refuse(Failed, "%s", plainError(err))
		}
		_ = json.NewEncoder(complain).Encode(why) // without it the parent tells that the child went
		return 1
	}
	return 0
}

func work(ctx context.Context, line []byte, out io.Writer) error {
	var j Job
	if err := json.Unmarshal(line, &j); err != nil {
		return fmt.Errorf("job: %w", err)
	}
	j.Limits = j.Limits.withDefaults()
	if err := confine(&j.Limits); err != nil {
		return err
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	query := wrap(j.SQL, j.Limits.Rows)
	if err := check(ctx, c, query); err != nil {
		return err
	}
	if err := j.prepare(ctx, c); err != nil {
		return j.clean(err)
	}
	return j.clean(j.answer(ctx, c, query, out))
}

// prepare makes the caller's tables and then locks the engine.
func (j *Job) prepare(ctx context.Context, c *sql.Conn) error {
	var paths []string
	for _, name := range sources() {
		for _, f := range j.Files[name] {
			paths = append(paths, literal(j.path(f)))
		}
	}
	list := append([]string{
		`SET threads = 1`, fmt.Sprintf(`SET memory_limit = '%dB'`, j.Limits.Memory), `SET TimeZone = 'UTC'`, `SET temp_directory = ''`,
		`SET autoinstall_known_extensions = false`, `SET autoload_known_extensions = false`,
	}, j.views()...)
	list = append(list, `SET allowed_paths = [`+strings.Join(paths, ", ")+`]`, `SET enable_external_access = false`, `SET lock_configuration = true`)
	for _, stmt := range list {
		if _, err := c.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("%w in %.60s", err, stmt)
		}
	}
	return nil
}

// answer writes the result as an Arrow stream.
func (j *Job) answer(ctx context.Context, c *sql.Conn, query string, out io.Writer) error {
	var result array.RecordReader
	err := c.Raw(func(dc any) error {
		conn, ok := dc.(driver.Conn)
		if !ok {
			return fmt.Errorf("connection is a %T", dc)
		}
		a, err := duckdb.NewArrowFromConn(conn)
		if err != nil {
			return err
		}
		result, err = a.QueryContext(ctx, query)
		return err
	})
	if err != nil {
		return err
	}
	defer result.Release()
	buffered := bufio.NewWriterSize(out, 1<<20)
	w := ipc.NewWriter(buffered, ipc.WithSchema(result.Schema()))
	rows := 0
	for result.Next() {
		batch := result.RecordBatch()
		if rows += int(batch.NumRows()); rows > j.Limits.Rows {
			return refuse(TooLarge, "the answer has more than %d rows; ask for less, or aggregate", j.Limits.Rows)
		}
		if err := w.Write(batch); err != nil {
			return err
		}
	}
	if err := result.Err(); err != nil {
		return err
	}
	return errors.Join(w.Close(), buffered.Flush())
}

// clean takes our folder out of messages and marks those about memory.
func (j *Job) clean(err error) error {
	if err == nil {
		return nil
	}
	if why, ok := errors.AsType[*Refusal](err); ok {
		return why
	}
	text := strings.ReplaceAll(plainError(err), j.Root, "mirror")
	for _, sign := range []string{"Out of Memory", "out of memory", "bad_alloc", "could not allocate", "failed to allocate"} {
		if strings.Contains(text, sign) {
			return refuse(OutOfRoom, "the query needs more than the %d MB that it may use", j.Limits.Memory>>20)
		}
	}
	return refuse(Failed, "%s", text)
}

// plainError is DuckDB's message without its trailing advice about settings, which nobody may change here.
func plainError(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n\nPossible solutions")
	return text
}
