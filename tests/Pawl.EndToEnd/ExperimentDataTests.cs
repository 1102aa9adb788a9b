using System.Globalization;
using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary><c>experiment analyze</c> and <c>experiment replay</c>: experiments whose data lie in files.</summary>
public sealed class ExperimentDataTests : IDisposable
{
    private const string Checkpoints = """
        experiment_id,variant_id,metric_id,time_since_start,count_c,count_t,mean_c,mean_t,variance_c,variance_t
        e,1,m,0.5,5000,5000,1,1.04,1,1
        e,1,m,1.5,5000,5000,1,1.01,1,1
        e,2,m,1,5000,5000,1,1.04,,

        """;

    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public ExperimentDataTests() => cli = new Cli(temporary);

    [Fact]
    public async Task Analyze_WithJson_GivesTheDocument()
    {
        var answer = await cli.JsonAsync([.. Analyze(Units(400)), "--metric", "y:proportion", "--metric", "x:mean:cap=0.9"]);

        Assert.Equal("""{"units":400,"crossovers":0,"srm":{"p":1,"mismatch":false}}""", Without(answer, "metrics"));
        var (proportion, mean) = (answer.GetProperty("metrics")[0], answer.GetProperty("metrics")[1]);
        Assert.Equal("""{"name":"y","kind":"proportion","method":"fixed","arms":[{"arm":"c","units":200,"mean":0.5},{"arm":"t","units":200,"mean":1}]}""", Without(proportion, "effects"));
        Assert.Equal(
            ["""{"arm":"t","difference":"absolute","estimate":null,"lower":null,"upper":null,"p":null,"reason":"zero_variance"}""", """{"arm":"t","difference":"relative","estimate":null,"lower":null,"upper":null,"p":null,"reason":"zero_variance"}"""],
            proportion.GetProperty("effects").EnumerateArray().Select(e => Without(e, "")));
        Assert.Equal("""{"percentile":0.9,"value":8}""", Without(mean.GetProperty("cap"), ""));
        var effect = mean.GetProperty("effects")[0];
        Assert.Equal(JsonValueKind.Null, effect.GetProperty("reason").ValueKind);
        Assert.True(effect.GetProperty("lower").GetDouble() < effect.GetProperty("estimate").GetDouble());
        Assert.InRange(effect.GetProperty("p").GetDouble(), 0, 1);
    }

    [Fact]
    public async Task Analyze_ForPeople_SaysSoWhereNothingCanBeConcluded()
    {
        var units = temporary.Write("broken.csv", await File.ReadAllTextAsync(Units(400)) + "0,t,1,1\n2,t,1,1\n4,t,1,1\n6,t,1,1\n8,t,1,1\n");

        var ended = await cli.RunAsync([.. Analyze(units), "--metric", "x:mean", "--method", "sequential", "--split", "c=90,t=10"]);

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("395 units in 2 arms, 5 more left out", ended.Output);
        Assert.Contains("These are more than 1%", ended.Output);
        Assert.Contains("Sample ratio mismatch", ended.Output);
        Assert.Contains("x (mean; sequential test)", ended.Output);
        Assert.Contains("95% interval", ended.Output);
    }

    [Fact]
    public async Task Replay_ByMethod_GivesTheDocument()
    {
        var file = temporary.Write("checkpoints.csv", Checkpoints);

        var peeking = await cli.JsonAsync("experiment", "replay", file, "--method", "peeking");
        var byDefault = await cli.JsonAsync("experiment", "replay", file);

        Assert.Equal(
            """{"method":"peeking","skipped_rows":1,"skipped_series":1,"series":[{"experiment_id":"e","variant_id":"1","metric_id":"m","rows":2,"first_significant_at":0.5,"significant_at_last_row":false,"srm_p":1,"srm_mismatch_at":null}],"summary":{"series":1,"significant_ever":1,"significant_at_last_row":0,"not_confirmed":1}}""",
            Without(peeking, ""));
        Assert.Equal("sequential", byDefault.GetProperty("method").GetString());
        Assert.Equal(0, byDefault.GetProperty("summary").GetProperty("significant_ever").GetInt32());
    }

    [Fact]
    public async Task Replay_ForPeople_IsTheSameInEveryLocale()
    {
        var file = temporary.Write("checkpoints.csv", Checkpoints);

        var plain = await cli.RunAsync("experiment", "replay", file, "--method", "peeking");
        var turkish = await cli.With("LANG", "tr_TR.UTF-8").With("LC_ALL", "tr_TR.UTF-8").RunAsync("experiment", "replay", file, "--method", "peeking");
        var german = await cli.With("LANG", "de_DE.UTF-8").With("LC_ALL", "de_DE.UTF-8").RunAsync("experiment", "replay", file, "--method", "peeking");

        Assert.Contains("1 series, peeking: an effect found in 1, 1 of them not confirmed by the last row; 0 significant at the last row.", plain.Output);
        Assert.Contains("Left out: 1 rows that lack a number or units, and 1 series", plain.Output);
        Assert.Matches(@"e +1 +m +2 +0\.5 +not confirmed", plain.Output);
        Assert.Equal([plain.Output, plain.Output], [turkish.Output, german.Output]);
    }

    [Fact]
    public async Task AnyCommand_OfABadFileOrOption_SaysWhereAndEndsWith65()
    {
        var units = Units(4);
        var nan = temporary.Write("nan.csv", "unit,arm,x\n1,c,1\n2,t,NaN\n");

        await cli.AssertRefusedAsync(65, "There is no file nowhere.csv", [.. Analyze("nowhere.csv"), "--metric", "x:mean"]);
        await cli.AssertRefusedAsync(65, $"There is no file {temporary.Path}", "experiment", "replay", temporary.Path);
        await cli.AssertRefusedAsync(65, $"{nan} line 3, column x, is no finite number", [.. Analyze(nan), "--metric", "x:mean"]);
        await cli.AssertRefusedAsync(65, "has no column \"experiment_id\"", "experiment", "replay", units);
        await cli.AssertRefusedAsync(65, "A metric is COLUMN:mean", [.. Analyze(units), "--metric", "x:median"]);
        await cli.AssertRefusedAsync(65, "--alpha is a number above 0 and below 0.5, not \"0,05\"", [.. Analyze(units), "--metric", "x:mean", "--alpha", "0,05"]);
        await cli.AssertRefusedAsync(65, "--planned-units is a number from 2 to 1e15, not \"NaN\"", [.. Analyze(units), "--metric", "x:mean", "--planned-units", "NaN"]);
        await cli.AssertRefusedAsync(64, "'peeking'", [.. Analyze(units), "--metric", "x:mean", "--method", "peeking"]);
        await cli.AssertRefusedAsync(64, "'--metric'", Analyze(units));
    }

    [Fact]
    public async Task Analyze_AFileOfManyRows_TakesMemoryForItsUnitsOnly()
    {
        var rows = LongRun.Scale(100_000, 1_000_000);

        var small = await cli.RunAsync([.. Analyze(Units(1000)), "--metric", "x:mean"]);
        var fewUnits = await cli.RunAsync([.. Analyze(Units(rows, units: 1000)), "--metric", "x:mean:cap=0.999"]);
        var manyUnits = await cli.RunAsync([.. Analyze(Units(rows)), "--metric", "x:mean:cap=0.999"]);

        Assert.Equal((0, 0, 0), (small.ExitCode, fewUnits.ExitCode, manyUnits.ExitCode));
        Assert.StartsWith($"{rows} units", manyUnits.Output);
        TestContext.Current.TestOutputHelper?.WriteLine($"small {small.PeakBytes >> 20}, few units {fewUnits.PeakBytes >> 20}, many units {manyUnits.PeakBytes >> 20} MiB");
        Assert.InRange(fewUnits.PeakBytes - small.PeakBytes, long.MinValue, 48L << 20);
        Assert.InRange(manyUnits.PeakBytes - small.PeakBytes, long.MinValue, (48L << 20) + (rows * 160L));
    }

    public void Dispose() => temporary.Dispose();

    private static string[] Analyze(string file) => ["experiment", "analyze", file, "--unit", "unit", "--arm", "arm", "--control", "c"];

    private static string Without(JsonElement value, string member) =>
        "{" + string.Join(',', value.EnumerateObject().Where(m => m.Name != member).Select(m => $"\"{m.Name}\":{JsonSerializer.Serialize(m.Value)}")) + "}";

    // Every other unit in the control; x from 0 to 9, y of every unit in the treatment and of half of those in the control.
    private string Units(int rows, int? units = null)
    {
        var path = temporary[string.Create(CultureInfo.InvariantCulture, $"units-{rows}-{units}.csv")];
        using var file = File.CreateText(path);
        file.Write("unit,arm,x,y\n");
        for (var row = 0; row < rows; row++)
        {
            var unit = row % (units ?? rows);
            file.Write(string.Create(CultureInfo.InvariantCulture, $"{unit},{(unit % 2 == 0 ? "c" : "t")},{unit / 2 % 10},{(unit % 4 == 0 ? 0 : 1)}\n"));
        }

        return path;
    }
}
