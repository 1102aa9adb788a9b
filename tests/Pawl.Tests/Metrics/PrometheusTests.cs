using System.Globalization;
using System.Text;
using Pawl.Metrics;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Metrics;

/// <summary>A real Prometheus, asked for a number per arm.</summary>
public sealed class PrometheusTests(PrometheusServer server)
{
    private const string Odd = """it's "odd" \ {x}.*""";

    // Per minute of the last six hours: arm a fails 2 of 100, b 5 of 100 and in the last hour 10. Written once, it belongs to all tests of the server.
    internal static readonly string Samples = Written();

    [Fact]
    public async Task Measure_ARatioOfRates_GivesEachArmItsNumberAtTheWatermark()
    {
        var result = await AskAsync("""
            sum by (variant) (increase(requests_total{flag="@flag", code="500"}[@lookback])) / sum by (variant) (increase(requests_total{flag="@flag"}[@lookback]))
            """);

        var point = Assert.IsType<MetricResult.Point>(result);
        Assert.Equal(["a", "b"], point.Arms.Select(a => a.Arm));
        Assert.Equal([0.02, 0.10], point.Arms.Select(a => Math.Round(a.Value!.Value, 9)));
        Assert.Contains("[3600000ms]", point.Provenance.Statement);
        Assert.Equal(("prom", "f", "2026-03-01T12:00:00.000Z"), (point.Provenance.Source, point.Provenance.Parameters["flag"], point.Provenance.Parameters["time"]));
    }

    [Fact]
    public async Task Measure_AnEarlierWatermarkOrALongerLookback_SeesOtherSamples()
    {
        const string query = """sum by (variant) (increase(requests_total{flag="@flag", code="500"}[@lookback]))""";

        var earlier = await PointsAsync(Query(query) with { Watermark = PrometheusServer.Now.AddHours(-2) });
        var longer = await PointsAsync(Query(query) with { Lookback = TimeSpan.FromHours(2) });

        Assert.Equal([120, 300], earlier.Select(v => Math.Round(v)));
        Assert.Equal([240, 900], longer.Select(v => Math.Round(v)));
    }

    [Theory]
    [InlineData("sum by (variant) (level{flag=\"@flag\"})")]
    [InlineData("sum by (variant) (level{flag='@flag'})")]
    [InlineData("sum by (variant) (level{flag=~\"@flag\"})")]
    [InlineData("sum by (variant) (level{flag=~'@flag'})")]
    [InlineData("sum by (variant) (level{flag=~\"(?:@flag)|none\"})")]
    public async Task Measure_AFlagOfOddCharacters_FindsItAndNoOther(string query) =>
        Assert.Equal([7, 8], await PointsAsync(Query(query) with { Flag = Odd }));

    [Fact]
    public async Task Measure_AFlagThatIsAnExpression_MatchesNothingElse()
    {
        var failed = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(Query("level{flag=~\"@flag\"}") with { Flag = ".*" }));

        Assert.Equal(MetricFault.NoRows, failed.Fault);
    }

    [Theory]
    [InlineData("nothing", MetricFault.NoRows, "no series with variant=\"a\"")]
    [InlineData("level{flag=\"f\"} * 0 / 0", MetricFault.NotFinite, "variant=\"a\" is NaN")]
    [InlineData("level{flag=\"f\"} / 0", MetricFault.NotFinite, "variant=\"a\" is +Inf")]
    [InlineData("-level{flag=\"f\"} / 0", MetricFault.NotFinite, "variant=\"a\" is -Inf")]
    [InlineData("requests_total{flag=\"f\"}", MetricFault.Refused, "2 series with variant=\"a\"")]
    [InlineData("sum(level)", MetricFault.Refused, "has the label variant")]
    [InlineData("scalar(sum(level))", MetricFault.Refused, "a scalar")]
    [InlineData("\"text\"", MetricFault.Refused, "a string")]
    [InlineData("level[5m]", MetricFault.Refused, "a matrix")]
    [InlineData("sum by variant (level)", MetricFault.Refused, "parse error")]
    [InlineData("rate(level)", MetricFault.Refused, "expected type range vector")]
    [InlineData("sum by (flag) (level) * on (flag) requests_total", MetricFault.Refused, "many-to-many")]
    public async Task Measure_AnAnswerWithoutANumberForEachArm_IsUnmeasuredAndSaysWhy(string query, MetricFault fault, string detail)
    {
        var failed = Assert.IsType<MetricResult.Unmeasured>(await AskAsync(query));

        Assert.Equal((fault, true), (failed.Fault, failed.Detail.Contains(detail, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Measure_AnArmWithoutASeries_HidesNothingOfTheOthers()
    {
        var point = Assert.IsType<MetricResult.Point>(await AskAsync("sum by (variant) (level{flag=\"@flag\", variant=\"a\"})"));

        Assert.Equal([false, true], point.Arms.Select(arm => arm.Value is null));
    }

    private static MetricQuery Query(string text) => new()
    {
        Flag = "f",
        Arms = ["a", "b"],
        Start = PrometheusServer.Now.AddDays(-1),
        Watermark = PrometheusServer.Now,
        Metric = new MetricDefinition { Name = "m", Source = "prom", Kind = MetricKind.Value, Input = new MetricInput.Query(text, "variant"), Better = Side.Less },
    };

    private static string Written()
    {
        var text = new StringBuilder("# TYPE requests counter\n");
        foreach (var (variant, code, perMinute, lastHour) in (ReadOnlySpan<(string, int, int, int)>)[("a", 200, 98, 98), ("a", 500, 2, 2), ("b", 200, 95, 90), ("b", 500, 5, 10)])
        {
            var count = 0;
            for (var minute = -360; minute <= 0; minute++)
            {
                text.Append(CultureInfo.InvariantCulture, $"requests_total{{flag=\"f\",variant=\"{variant}\",code=\"{code}\"}} {count} {At(minute)}\n");
                count += minute < -60 ? perMinute : lastHour;
            }
        }

        text.Append("# TYPE level gauge\n");
        var odd = Odd.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        foreach (var (flag, a, b) in (ReadOnlySpan<(string, int, int)>)[("f", 1, 2), (odd, 7, 8)])
            text.Append(CultureInfo.InvariantCulture, $"level{{flag=\"{flag}\",variant=\"a\"}} {a} {At(0)}\nlevel{{flag=\"{flag}\",variant=\"b\"}} {b} {At(0)}\n");
        return text.Append("# EOF\n").ToString();

        static long At(int minute) => PrometheusServer.Now.AddMinutes(minute).ToUnixTimeSeconds();
    }

    private async Task<IEnumerable<double>> PointsAsync(MetricQuery query) => Assert.IsType<MetricResult.Point>(await AskAsync(query)).Arms.Select(a => a.Value!.Value);

    private Task<MetricResult> AskAsync(string query) => AskAsync(Query(query));

    private async Task<MetricResult> AskAsync(MetricQuery query)
    {
        await server.RequireAsync(Samples);
        var source = new PrometheusMetricSource(new MetricSourceDefinition.Prometheus { Name = "prom", Url = server.Url }, TimeProvider.System);
        return await source.MeasureAsync(query, TestContext.Current.CancellationToken);
    }
}
