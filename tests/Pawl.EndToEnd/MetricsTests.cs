using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>The commands about metrics, against real databases and a real Prometheus.</summary>
public sealed partial class MetricsTests : IDisposable
{
    private const string Shown = """{"id":"x1","unit":"ada","at":"2026-03-01T12:00:00Z","flag":"f","variant":"a"}""";
    private const string Bought = """{"id":"e1","unit":"ada","at":"2026-03-01T12:05:00Z","event":"buy","value":9.5}""";

    private readonly TemporaryFolder temporary = new();
    private readonly PostgresCluster cluster;
    private readonly PrometheusServer prometheus;
    private readonly Cli cli;

    public MetricsTests(PostgresCluster cluster, PrometheusServer prometheus) =>
        (this.cluster, this.prometheus, cli) = (cluster, prometheus, new Cli(temporary).With("PAWL_DB", temporary["pawl.db"]));

    [Fact]
    public async Task Check_AllSourcesSound_IsOkWithoutAnyExperiment()
    {
        PostgresCluster.Require();
        await prometheus.RequireAsync("# TYPE up gauge\nup 1 1772366400\n# EOF\n");
        var warehouse = await cluster.CreateDatabaseAsync();
        await ExecuteAsync(warehouse, "create table shown (unit bigint, variant text, at timestamptz, flag text); create table csat (unit bigint, at timestamptz, score int)");
        await cli.FeedAsync(Shown, "metrics", "ingest", "-");
        Configure($$"""
            metrics:
              sources:
                events: {kind: embedded}
                runs: {kind: runs}
                warehouse: {kind: postgres, connection: "${WAREHOUSE}"}
                prom: {kind: prometheus, url: "{{prometheus.Url}}"}
              exposures: {source: warehouse, sql: "select unit, variant, at from shown where flag = @flag -- all"}
              definitions:
                signup: {source: events, kind: proportion, event: signup}
                done: {source: runs, kind: proportion, of: success}
                csat: {source: warehouse, kind: mean, sql: "select unit, at, score as value from csat"}
                errors: {source: prom, kind: value, query: 'up{flag="@flag"}'}
            """);

        var json = await cli.With("WAREHOUSE", warehouse).JsonAsync("metrics", "check");
        var people = await cli.RunAsync("metrics", "check");

        Assert.True(json.GetProperty("ok").GetBoolean());
        Assert.Equal(["exposures", "signup", "done", "csat", "errors"], json.GetProperty("checks").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.Equal(0, people.ExitCode);
        Assert.Contains("csat: answers; no exposures yet", people.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WhatCannotBeMeasured_IsNamedWithWhatToDoAndEndsWith1()
    {
        PostgresCluster.Require();
        var warehouse = await cluster.CreateDatabaseAsync();
        await ExecuteAsync(warehouse, "create table shown (unit bigint, variant text, at timestamptz); create table csat (unit bigint, at timestamptz, score int)");
        await cli.FeedAsync(Shown, "metrics", "ingest", "-");
        Configure("""
            metrics:
              sources:
                events: {kind: embedded}
                warehouse: {kind: postgres, connection: "${WAREHOUSE}"}
                prom: {kind: prometheus, url: "http://127.0.0.1:1", user: ada, password: "${PASSWORD}"}
              exposures: {source: warehouse, sql: "select unit, variant, at from shown"}
              definitions:
                fine: {source: events, kind: mean, event: e}
                valueless: {source: warehouse, kind: mean, sql: "select unit, at, score from csat"}
                tableless: {source: warehouse, kind: mean, sql: "select unit, at, score as value from csta"}
                errors: {source: prom, kind: value, query: up}
            """);

        var ended = await cli.With("WAREHOUSE", warehouse).With("PASSWORD", "s3cret").RunAsync("--json", "metrics", "check");

        Assert.Equal(1, ended.ExitCode);
        var checks = ended.Json.GetProperty("checks").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!);
        Assert.Equal([true, true, false, false, false], checks.Values.Select(c => c.GetProperty("ok").GetBoolean()));
        Assert.Equal("refused", Text(checks["valueless"], "fault"));
        Assert.StartsWith("The column value is missing: the SELECT of a metric gives unit, at and value.", Text(checks["valueless"], "remedy"), StringComparison.Ordinal);
        Assert.Contains("csta", Text(checks["tableless"], "detail"), StringComparison.Ordinal);
        Assert.Equal(("unavailable", "Is it up, and is what metrics.sources.prom says right?"), (Text(checks["errors"], "fault"), Text(checks["errors"], "remedy")));
        Assert.DoesNotContain("s3cret", ended.Output + ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select unit, arm, at from shown", "The column variant is missing: the SELECT of metrics.exposures")]
    [InlineData("select variant, at from shown", "The column unit is missing: the SELECT of metrics.exposures")]
    public async Task Check_ExposuresThatCannotBeRead_AreSaidOnce(string sql, string remedy)
    {
        using (var db = Sqlite.Open(temporary["shop.db"])) Sqlite.Execute(db, "create table shown (u, arm, variant, at)");
        Configure($$$"""
            metrics:
              sources: {shop: {kind: sqlite, path: "{{{temporary["shop.db"]}}}"}}
              exposures: {source: shop, sql: "{{{sql.Replace("select unit", "select u as unit", StringComparison.Ordinal)}}}"}
              definitions: {m: {source: shop, kind: mean, sql: "select u as unit, at, 1 as value from shown"}}
            """);

        var ended = await cli.RunAsync("--json", "metrics", "check");

        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith(remedy, Text(ended.Json.GetProperty("checks")[0], "remedy"), StringComparison.Ordinal);
        Assert.Contains("was not asked, because the exposures cannot be read", Text(ended.Json.GetProperty("checks")[1], "detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_WithoutMetricsOrWithWrongOnes_SaysWhereAndEndsWith65()
    {
        await cli.AssertRefusedAsync(65, "No metrics are configured", "metrics", "check");
        Configure("db: x.db");
        await cli.AssertRefusedAsync(65, "No metrics are configured", "metrics", "check");
        Configure("metrics:\n  sources: {w: {kind: postgres, connection: \"${NOT_SET_AT_ALL}\"}}");
        await cli.AssertRefusedAsync(65, "metrics.sources.w.connection: the environment variable NOT_SET_AT_ALL is not set", "metrics", "check");
        Configure("metrics:\n  sources: {w: {kind: embedded}}\nmetrics: {}");
        await cli.AssertRefusedAsync(65, "it stands twice (line 3", "metrics", "check");
    }

    [Fact]
    public async Task Ingest_TheSameAgainAndContradictions_CountsOnceAndSaysSo()
    {
        var file = temporary.Write("events.jsonl", $"\uFEFF{Shown}\r\n\r\n{Bought}");

        var first = await cli.JsonAsync("metrics", "ingest", file);
        var again = await cli.FeedAsync($"{Bought}\n{Bought.Replace("9.5", "1", StringComparison.Ordinal)}\n", "--json", "metrics", "ingest", "-");
        var people = await cli.FeedAsync(Shown.Replace("\"a\"", "\"b\"", StringComparison.Ordinal), "metrics", "ingest", "-");

        Assert.Equal((2, 0, 0), Counts(first));
        Assert.Equal((0, 1, 1, 65), (Counts(again.Json).Added, Counts(again.Json).Known, Counts(again.Json).Contradicting, again.ExitCode));
        Assert.Equal("e1", again.Json.GetProperty("contradicting")[0].GetString());
        Assert.Equal((65, "0 added, 0 known already, 1 contradicting"), (people.ExitCode, people.Output.Trim()));
        Assert.Contains("  x1", people.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ingest_ABadLineAmongThousands_NamesItAndKeepsWhatStandsBefore()
    {
        var lines = Enumerable.Range(0, 4500).Select(n => string.Create(CultureInfo.InvariantCulture, $$"""{"id":"{{n}}","unit":"u","at":{{n}},"event":"e"}""")).ToList();
        var file = temporary.Write("events.jsonl", string.Join('\n', [.. lines[..4200], """{"id":"bad","unit":"u","at":"soon","event":"e"}""", .. lines[4200..]]));

        var refused = await cli.RunAsync("metrics", "ingest", file);
        await File.WriteAllLinesAsync(file, lines, TestContext.Current.CancellationToken);
        var mended = await cli.JsonAsync("metrics", "ingest", file);

        Assert.Equal((65, ""), (refused.ExitCode, refused.Output));
        Assert.StartsWith($"{file}, line 4201: $.at: expected a time", refused.Error, StringComparison.Ordinal);
        Assert.Contains("4200 added, 0 known already, 0 contradicting", refused.Error, StringComparison.Ordinal);
        Assert.Equal((300, 4200, 0), Counts(mended));
    }

    [Theory]
    [InlineData("{\"id\":", "standard input, line 1: it is no JSON")]
    [InlineData("[]", "standard input, line 1: $: expected an object")]
    [InlineData("{\"id\":\"a\",\"id\":\"b\"}", "standard input, line 1: it is no JSON")]
    public async Task Ingest_WhatIsNoEvent_SaysWhereAndEndsWith65(string line, string message)
    {
        var ended = await cli.FeedAsync(line, "--json", "metrics", "ingest", "-");

        Assert.Equal((65, 65), (ended.ExitCode, ended.Json.GetProperty("exit_code").GetInt32()));
        Assert.StartsWith(message, Text(ended.Json, "detail"), StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ingest_ALineTooLongOrNoFile_IsRefused()
    {
        var file = temporary.Write("long.jsonl", "\n" + new string('x', 2 << 20));

        await cli.AssertRefusedAsync(65, $"{file}, line 2: it has 2097152 bytes", "metrics", "ingest", file);
        await cli.AssertRefusedAsync(65, "There is no file nowhere.jsonl", "metrics", "ingest", "nowhere.jsonl");
    }

    [Fact]
    public async Task Guide_CommandsAsWritten_DoWhatItSays()
    {
        var guide = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/guides/metrics.md"), TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");
        var lines = guide.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal) && line.Contains("./pawl ", StringComparison.Ordinal)).ToList();
        Assert.True(lines.Count >= 4, "The commands of the guide were not found.");
        Configure(Block().Matches(guide).First(m => m.Groups["kind"].Value == "yaml").Groups["text"].Value);
        File.WriteAllText(Path.Combine(cli.WorkingDirectory, "events.jsonl"), Block().Matches(guide).First(m => m.Groups["kind"].Value == "json").Groups["text"].Value);

        foreach (var line in lines)
        {
            var ended = await cli.ShellAsync(line.Replace("./pawl", Cli.InShell, StringComparison.Ordinal));
            Assert.True(ended.ExitCode == 0, $"{line}: {ended.Output}{ended.Error}");
        }

        Assert.Equal((0, 4, 0), Counts(await cli.JsonAsync("metrics", "ingest", "events.jsonl")));
        Assert.Equal("support", Text(Assert.Single((await cli.JsonAsync("run", "list")).EnumerateArray()), "goal_id"));
    }

    public void Dispose() => temporary.Dispose();

    private static (int Added, int Known, int Contradicting) Counts(JsonElement intake) =>
        (intake.GetProperty("added").GetInt32(), intake.GetProperty("known").GetInt32(), intake.GetProperty("contradicting").GetArrayLength());

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
#pragma warning disable CA2100 // The test wrote the text.
        await using var command = new NpgsqlCommand(sql, open);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private void Configure(string yaml) => File.WriteAllText(Path.Combine(cli.WorkingDirectory, "pawl.yaml"), yaml);

    [GeneratedRegex("^```(?<kind>[a-z]+)\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
