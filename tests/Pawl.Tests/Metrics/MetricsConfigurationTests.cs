using System.Text.Json;
using Pawl.Metrics;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Metrics;

public sealed class MetricsConfigurationTests
{
    private const string Sources = """
        "sources": {
          "events": {"kind": "embedded"},
          "warehouse": {"kind": "postgres", "connection": "Host=db;Password=${PW}", "timeout_seconds": 5},
          "lake": {"kind": "clickhouse", "url": "http://lake:8123", "user": "pawl", "password": "${PW}", "database": "web"},
          "file": {"kind": "sqlite", "path": "a.db"},
          "prom": {"kind": "prometheus", "url": "http://localhost:9090/prom", "user": "ada", "password": "${PW}"},
          "runs": {"kind": "runs"}},
        "exposures": {"source": "warehouse", "sql": "select unit, variant, at from exposures where flag = @flag"}
        """;

    [Fact]
    public void Read_EveryKind_SaysAllThatWasWritten()
    {
        var read = Read($$"""
            { {{Sources}}, "definitions": {
              "CSAT": {"source": "warehouse", "kind": "mean", "sql": "select 1", "cap": {"percentile": 0.999}, "cuped": {"days": 14} },
              "signup": {"source": "events", "kind": "proportion", "event": "signup", "window_days": 7},
              "defects": {"source": "events", "kind": "ratio", "numerator": {"event": "defect"}, "denominator": {"event": "task"}, "better": "lower"},
              "latency": {"source": "warehouse", "kind": "quantile", "level": 0.95, "sql": "select 2", "better": "lower"},
              "errors": {"source": "prom", "kind": "value", "query": "rate(x{flag=\"@flag\"}[@lookback])", "label": "arm", "better": "lower"},
              "done": {"source": "runs", "kind": "proportion", "of": "success", "window_days": 1},
              "slow": {"source": "runs", "kind": "quantile", "level": 0.9, "of": "latency", "better": "lower"} }
            }
            """);

        Assert.Equal("Host=db;Password=s3cret", Assert.IsType<MetricSourceDefinition.Postgres>(read.Sources["warehouse"]).Connection);
        var lake = Assert.IsType<MetricSourceDefinition.ClickHouse>(read.Sources["lake"]);
        Assert.Equal(("http://lake:8123/", "pawl", "s3cret", "web"), (lake.Url.AbsoluteUri, lake.User, lake.Password, lake.Database));
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)), (read.Sources["warehouse"].Limit, read.Sources["file"].Limit));
        Assert.Equal("warehouse", read.Exposures?.Source);
        Assert.Equal(
            new MetricDefinition
            {
                Name = "CSAT",
                Source = "warehouse",
                Kind = MetricKind.Mean,
                Input = new MetricInput.Sql("select 1"),
                Cap = 0.999,
                Covariate = TimeSpan.FromDays(14),
            },
            read.Definitions["CSAT"] with { Digest = null });
        Assert.Equal(read.Definitions.Count, read.Definitions.Values.Select(definition => definition.Digest).Distinct(StringComparer.Ordinal).Count(digest => digest?.Length == 64));
        Assert.Equal((new MetricInput.Event("signup"), TimeSpan.FromDays(7)), (read.Definitions["signup"].Input, read.Definitions["signup"].Window));
        Assert.Equal((new MetricInput.Event("task"), Side.Less), (read.Definitions["defects"].Denominator, read.Definitions["defects"].Better));
        Assert.Equal(0.95, read.Definitions["latency"].Level);
        Assert.Equal((MetricKind.Value, new MetricInput.Query("rate(x{flag=\"@flag\"}[@lookback])", "arm")), (read.Definitions["errors"].Kind, read.Definitions["errors"].Input));
        Assert.Equal((new MetricInput.Run(RunMeasure.Success), TimeSpan.FromDays(1)), (read.Definitions["done"].Input, read.Definitions["done"].Window));
        Assert.Equal((new MetricInput.Run(RunMeasure.Latency), 0.9), (read.Definitions["slow"].Input, read.Definitions["slow"].Level));
        var prometheus = Assert.IsType<MetricSourceDefinition.Prometheus>(read.Sources["prom"]);
        Assert.Equal(("http://localhost:9090/prom", "ada", "s3cret", null), (prometheus.Url.AbsoluteUri, prometheus.User, prometheus.Password, prometheus.Token));
    }

    [Theory]
    [InlineData("""{"sources": []}""", "metrics.sources: expected an object")]
    [InlineData("""{"source": {}}""", "metrics.source: is unknown")]
    [InlineData("""{"sources": {"a": {"kind": "oracle"}}}""", "metrics.sources.a.kind: \"oracle\" is unknown")]
    [InlineData("""{"sources": {"a": {}}}""", "metrics.sources.a: \"kind\" is missing")]
    [InlineData("""{"sources": {"a": {"kind": "postgres"}}}""", "metrics.sources.a: \"connection\" is missing")]
    [InlineData("""{"sources": {"a": {"kind": "postgres", "connection": "${NOT_SET}"}}}""", "metrics.sources.a.connection: the environment variable NOT_SET is not set")]
    [InlineData("""{"sources": {"a": {"kind": "embedded", "path": "x"}}}""", "metrics.sources.a.path: only")]
    [InlineData("""{"sources": {"a": {"kind": "postgres", "connection": "x", "url": "http://lake"}}}""", "metrics.sources.a.url: only a source of kind clickhouse")]
    [InlineData("""{"sources": {"a": {"kind": "clickhouse", "url": "http://u:${PW}@lake"}}}""", "metrics.sources.a.url: it may hold no user")]
    [InlineData("""{"sources": {"a": {"kind": "prometheus", "url": "http://h", "database": "d"}}}""", "metrics.sources.a.database: only a source of kind clickhouse")]
    [InlineData("""{"sources": {"a": {"kind": "clickhouse", "url": "http://h", "token": "t"}}}""", "metrics.sources.a.token: only a source of kind prometheus")]
    [InlineData("""{"sources": {"a": {"kind": "clickhouse"}}}""", "metrics.sources.a: \"url\" is missing")]
    [InlineData("""{"sources": {"a": {"kind": "clickhouse", "url": "http://lake", "user": "u", "password": "${NOT_SET}"}}}""", "metrics.sources.a.password: the environment variable NOT_SET is not set")]
    [InlineData("""{"sources": {"a": {"kind": "embedded", "timeout_seconds": 0}}}""", "metrics.sources.a.timeout_seconds: expected a number above 0")]
    [InlineData("""{"sources": {"a": {"kind": "embedded"}}, "exposures": {"source": "a", "sql": "select 1"}}""", "metrics.exposures.source: the embedded source")]
    [InlineData("""{"exposures": {"source": "b", "sql": "select 1"}}""", "metrics.exposures.source: there is no source \"b\"")]
    [InlineData("""{"sources": {"a": {"kind": "sqlite", "path": "x"}}, "exposures": {"source": "a", "sql": "drop table t"}}""", "metrics.exposures.sql: it must be one SELECT")]
    [InlineData("""{"sources": {"a": {"kind": "prometheus"}}}""", "metrics.sources.a: \"url\" is missing")]
    [InlineData("""{"sources": {"a": {"kind": "prometheus", "url": "localhost:9090"}}}""", "metrics.sources.a.url: it is no address")]
    [InlineData("""{"sources": {"a": {"kind": "prometheus", "url": "http://u:${PW}@h"}}}""", "metrics.sources.a.url: it may hold no user")]
    [InlineData("""{"sources": {"a": {"kind": "prometheus", "url": "http://h/?a=b"}}}""", "metrics.sources.a.url: it may hold no query")]
    [InlineData("""{"sources": {"a": {"kind": "prometheus", "url": "http://h", "token": "a\nb"}}}""", "metrics.sources.a.token: it is empty or holds")]
    [InlineData("""{"sources": {"a": {"kind": "prometheus", "url": "http://h", "token": "a", "user": "b", "password": "c"}}}""", "metrics.sources.a.user: there is a token")]
    [InlineData("""{"sources": {"a": {"kind": "prometheus", "url": "http://h", "user": "b"}}}""", "metrics.sources.a: user and password go together")]
    [InlineData("""{"sources": {"a": {"kind": "sqlite", "path": "x", "url": "http://h"}}}""", "metrics.sources.a.url: only")]
    [InlineData("""{"sources": {"a": {"kind": "prometheus", "url": "http://h"}}, "exposures": {"source": "a", "sql": "select 1"}}""", "metrics.exposures.source: Prometheus")]
    [InlineData("""{"sources": {"a": {"kind": "runs"}}, "exposures": {"source": "a", "sql": "select 1"}}""", "metrics.exposures.source: runs say themselves")]
    [InlineData("""{"sources": {"a": {"kind": "runs", "url": "http://h"}}}""", "metrics.sources.a.url: only")]
    public void Read_WrongSources_SaysWhereAndWhat(string json, string message) => Assert.StartsWith(message, Refusal(json));

    [Theory]
    [InlineData("""{"kind": "mean", "sql": "select 1"}""", ": \"source\" is missing")]
    [InlineData("""{"source": "nowhere", "kind": "mean", "sql": "select 1"}""", ".source: there is no source \"nowhere\"")]
    [InlineData("""{"source": "file", "kind": "mean", "sql": "select 1"}""", ".source: metrics.exposures does not say")]
    [InlineData("""{"source": "warehouse", "kind": "median", "sql": "select 1"}""", ".kind: \"median\" is unknown")]
    [InlineData("""{"source": "warehouse", "kind": "mean"}""", ": \"sql\" is missing")]
    [InlineData("""{"source": "warehouse", "kind": "mean", "sql": 7}""", ".sql: expected a string, found 7")]
    [InlineData("""{"source": "warehouse", "kind": "mean", "sql": "select 1; delete from t"}""", ".sql: a semicolon")]
    [InlineData("""{"source": "warehouse", "kind": "mean", "event": "e", "sql": "select 1"}""", ".event: only the embedded source")]
    [InlineData("""{"source": "events", "kind": "mean", "sql": "select 1"}""", ".sql: the embedded source")]
    [InlineData("""{"source": "events", "kind": "mean", "event": ""}""", ".event: expected a text")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "denominator": {"event": "e"}}""", ".denominator: only a ratio")]
    [InlineData("""{"source": "events", "kind": "ratio", "event": "e"}""", ".event: a ratio")]
    [InlineData("""{"source": "events", "kind": "ratio", "numerator": {"event": "e"}}""", ": \"denominator\" is missing")]
    [InlineData("""{"source": "events", "kind": "ratio", "numerator": {"event": "e"}, "denominator": {"evnt": "e"}}""", ".denominator.evnt: is unknown")]
    [InlineData("""{"source": "events", "kind": "quantile", "event": "e"}""", ": \"level\" is missing")]
    [InlineData("""{"source": "events", "kind": "quantile", "event": "e", "level": 1}""", ".level: expected a number above 0 and below 1, found 1")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "level": 0.5}""", ".level: only a quantile")]
    [InlineData("""{"source": "events", "kind": "proportion", "event": "e", "cap": {"percentile": 0.9}}""", ".cap: only a mean or a ratio")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "cap": {"percentile": 99.9}}""", ".cap.percentile: expected a number above 0.5 and below 1, found 99.9")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "cap": {}}""", ".cap: \"percentile\" is missing")]
    [InlineData("""{"source": "events", "kind": "ratio", "numerator": {"event": "e"}, "denominator": {"event": "e"}, "cuped": {"days": 1}}""", ".cuped: only a mean")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "cuped": {"days": -1}}""", ".cuped.days: expected a number above 0")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "window_days": "7"}""", ".window_days: expected a number above 0 and at most 365, found \"7\"")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "better": "up"}""", ".better: \"up\" is unknown")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "sum": 1}""", ".sum: is unknown")]
    [InlineData("""{"source": "prom", "kind": "value"}""", ": \"query\" is missing")]
    [InlineData("""{"source": "prom", "kind": "mean", "query": "x"}""", ".kind: a source of kind prometheus")]
    [InlineData("""{"source": "events", "kind": "value", "event": "e"}""", ".kind: only a source of kind prometheus")]
    [InlineData("""{"source": "prom", "kind": "value", "sql": "select 1"}""", ".sql: Prometheus is asked in PromQL")]
    [InlineData("""{"source": "prom", "kind": "value", "query": "x @flag"}""", ".query: @flag may stand inside the quotes")]
    [InlineData("""{"source": "prom", "kind": "value", "query": "x", "label": "a-b"}""", ".label: \"a-b\" is no name")]
    [InlineData("""{"source": "prom", "kind": "value", "query": "x", "window_days": 7}""", ".window_days: a number for each arm")]
    [InlineData("""{"source": "prom", "kind": "value", "query": "x", "cap": {"percentile": 0.9}}""", ".cap: only a mean or a ratio")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "query": "x"}""", ".query: only a metric of a source of kind prometheus")]
    [InlineData("""{"source": "runs", "kind": "mean"}""", ": \"of\" is missing")]
    [InlineData("""{"source": "runs", "kind": "mean", "of": "success"}""", ".of: \"success\" is none of this kind")]
    [InlineData("""{"source": "runs", "kind": "proportion", "of": "tokens"}""", ".of: \"tokens\" is none of this kind")]
    [InlineData("""{"source": "runs", "kind": "ratio", "of": "tokens"}""", ".kind: of runs there are")]
    [InlineData("""{"source": "runs", "kind": "value", "of": "tokens"}""", ".kind: only a source of kind prometheus")]
    [InlineData("""{"source": "runs", "kind": "mean", "of": "tokens", "sql": "select 1"}""", ".sql: a metric of runs says")]
    [InlineData("""{"source": "runs", "kind": "mean", "of": "tokens", "cuped": {"days": 1}}""", ".cuped: a run has no values from before")]
    [InlineData("""{"source": "events", "kind": "mean", "event": "e", "of": "tokens"}""", ".of: only a metric of a source of kind runs")]
    [InlineData("7", ": expected an object, found 7")]
    public void Read_AWrongDefinition_SaysWhereAndWhat(string definition, string message) =>
        Assert.StartsWith("metrics.definitions.m" + message, Refusal($$"""{ {{Sources}}, "definitions": {"m": {{definition}}} }"""));

    private static string Refusal(string json)
    {
        var message = Assert.Throws<BadInputException>(() => Read(json)).Message;
        Assert.DoesNotContain("s3cret", message);
        return message;
    }

    private static MetricsConfiguration Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return MetricsConfiguration.Read(document.RootElement, name => name == "PW" ? "s3cret" : null);
    }
}
