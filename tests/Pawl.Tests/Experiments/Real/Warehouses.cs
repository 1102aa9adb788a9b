using System.Globalization;
using System.Text;
using Npgsql;
using Pawl.Tests.Metrics;

namespace Pawl.Tests.Experiments.Real;

/// <summary>Real warehouses that hold the rows of a <see cref="Fortnight"/>.</summary>
internal static class Warehouses
{
    /// <summary>Fills a ClickHouse database and returns what pawl.yaml says of it.</summary>
    public static async Task<string> ClickHouseAsync(ClickHouseServer server, Fortnight rows, string flag)
    {
        ClickHouseServer.Require();
        var database = await server.CreateDatabaseAsync();
        await server.RunAsync(database, "create table exposures (unit String, variant String, at DateTime('UTC'), flag String) engine = MergeTree order by at");
        await server.RunAsync(database, "insert into exposures format TabSeparated", Lines(rows.Exposures.Select(shown => $"{shown.Unit}\t{shown.Variant}\t{Seconds(shown.At)}\t{flag}")));
        foreach (var (table, values) in Tables(rows))
        {
            await server.RunAsync(database, $"create table {table} (unit String, at DateTime('UTC'), value Float64) engine = MergeTree order by at");
            await server.RunAsync(database, $"insert into {table} format TabSeparated", Lines(values.Select(value => $"{value.Unit}\t{Seconds(value.At)}\t{value.Value.ToString(CultureInfo.InvariantCulture)}")));
        }

        return $"{{kind: clickhouse, url: \"{server.Url}\", database: {database}}}";

        static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Fills a PostgreSQL database and returns what pawl.yaml says of it.</summary>
    public static async Task<string> PostgresAsync(PostgresCluster cluster, Fortnight rows, string flag)
    {
        PostgresCluster.Require();
        var database = await cluster.CreateDatabaseAsync();
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await FillAsync(connection, "exposures", "unit text, variant text, at timestamptz, flag text", rows.Exposures.Select(shown => $"{shown.Unit}\t{shown.Variant}\t{shown.At:O}\t{flag}"));
        foreach (var (table, values) in Tables(rows))
            await FillAsync(connection, table, "unit text, at timestamptz, value double precision", values.Select(value => $"{value.Unit}\t{value.At:O}\t{value.Value.ToString(CultureInfo.InvariantCulture)}"));
        return $"{{kind: postgres, connection: \"{database}\"}}";
    }

    private static (string Table, List<Valued> Values)[] Tables(Fortnight rows) => [("scores", rows.Scores), ("defects", rows.Defects), ("answers", rows.Answers)];

    private static string Lines(IEnumerable<string> lines) => new StringBuilder().AppendJoin('\n', lines).Append('\n').ToString();

    private static async Task FillAsync(NpgsqlConnection connection, string table, string columns, IEnumerable<string> lines)
    {
#pragma warning disable CA2100 // The test wrote the text.
        await using var create = new NpgsqlCommand($"create table {table} ({columns})", connection);
#pragma warning restore CA2100
        await create.ExecuteNonQueryAsync();
        await using var rows = await connection.BeginTextImportAsync($"copy {table} from stdin");
        await rows.WriteAsync(Lines(lines));
    }
}
