using System.Text.Json;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>The protocol of <c>pawl run record</c>, as any language and any shell speaks it.</summary>
public sealed class RecordProtocolTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public RecordProtocolTests() => cli = new Cli(temporary);

    [Fact]
    public async Task Record_EveryKindOfEvent_IsAnsweredAndShownAsItWasGiven()
    {
        using var recorder = cli.Record();
        var started = await recorder.TakeAsync(
            """{"event":"start_run","tag":"t","goal_id":"tidy","goal_description":"d","input_data":{"k":1},"agent":{"name":"n","version":"1","commit":"c"},"served":[{"flag":"f","version":3,"variant":"v","experiment":"e","unit":"u"}],"refs":[{"kind":"issue","id":"7"}],"colour":"blue"}""");
        var run = started.GetProperty("run_id").GetString()!;
        await recorder.TakeAsync($$"""{"event":"set_node","run_id":"{{run}}","node_id":"plan"}""");
        await recorder.TakeAsync($$"""{"event":"decide","run_id":"{{run}}","intent":"i","decision_type":"tool_selection","options":[{"id":"a","action_params":{"x":[1,2.50]},"shade":"dark"},{"id":"b"}],"chosen":"a","reasoning":"r","active_constraints":["c"],"input_context":{"y":null},"mood":9007199254740993}""");
        await recorder.TakeAsync(Lines.Outcome(run, "dec_0", ""","result":{"r":[true]},"tokens_used":3,"latency_ms":4,"summary":"s","state_changes":{"z":1},"extra":"kept" """));
        await recorder.TakeAsync($$"""{"event":"evaluate","run_id":"{{run}}","decision_id":"dec_0","outcome_quality":0.9,"explanation":"e"}""");
        await recorder.TakeAsync($$"""{"event":"traverse_edge","run_id":"{{run}}","edge_id":"a>b"}""");
        await recorder.TakeAsync($$"""{"event":"report_problem","run_id":"{{run}}","severity":"warning","description":"p","decision_id":"dec_0","suggested_fix":"f"}""");
        await recorder.TakeAsync($$"""{"event":"end_run","run_id":"{{run}}","status":"completed","narrative":"done","output_data":{"o":1},"weather":"fine"}""");
        Assert.Equal(0, (await recorder.EndAsync()).ExitCode);

        Assert.Equal("t", started.GetProperty("tag").GetString());
        var shown = await cli.JsonAsync("run", "show", run);
        AssertHolds("""{"goal_id":"tidy","goal_description":"d","status":"completed","narrative":"done","input_data":{"k":1},"output_data":{"o":1},"agent":{"name":"n","version":"1","commit":"c"},"served":[{"flag":"f","version":3,"variant":"v","experiment":"e","unit":"u"}],"refs":[{"kind":"issue","id":"7"}],"colour":"blue","weather":"fine"}""", shown);
        AssertHolds("""{"id":"dec_0","node_id":"plan","intent":"i","decision_type":"tool_selection","chosen_option_id":"a","reasoning":"r","active_constraints":["c"],"input_context":{"y":null},"mood":9007199254740993}""", shown.GetProperty("decisions")[0]);
        AssertHolds("""{"id":"a","description":"","action_type":"unknown","action_params":{"x":[1,2.50]},"pros":[],"cons":[],"confidence":0.5,"shade":"dark"}""", shown.GetProperty("decisions")[0].GetProperty("options")[0]);
        AssertHolds("""{"success":true,"result":{"r":[true]},"error":null,"tokens_used":3,"latency_ms":4,"summary":"s","state_changes":{"z":1},"extra":"kept"}""", shown.GetProperty("decisions")[0].GetProperty("outcome"));
        AssertHolds("""{"goal_aligned":true,"alignment_score":1,"outcome_quality":0.9,"explanation":"e"}""", shown.GetProperty("decisions")[0].GetProperty("evaluation"));
        AssertHolds("""{"id":"prob_0","severity":"warning","description":"p","decision_id":"dec_0","suggested_fix":"f","root_cause":null}""", shown.GetProperty("problems")[0]);
        AssertHolds("""{"total_decisions":1,"successful_decisions":1,"failed_decisions":0,"total_tokens":3,"total_latency_ms":4,"nodes_executed":["plan"],"edges_traversed":["a>b"],"success_rate":1}""", shown.GetProperty("metrics"));
    }

    [Fact]
    public async Task Record_WithoutANode_BelongsToUnknownAndChosenMayBeSpeltOut()
    {
        using var recorder = cli.Record();
        var run = await recorder.StartRunAsync();
        await recorder.TakeAsync($$"""{"event":"decide","run_id":"{{run}}","intent":"i","options":[{"id":"a"},{"id":"b"}],"chosen_option_id":"b"}""");
        await recorder.TakeAsync($$"""{"event":"decide","run_id":"{{run}}","intent":"i","options":[{"id":"a"}],"chosen":"a","node_id":"own"}""");
        var clash = await recorder.AskAsync($$"""{"event":"decide","run_id":"{{run}}","intent":"i","options":[{"id":"a"},{"id":"b"}],"chosen":"a","chosen_option_id":"b"}""");
        Assert.Equal(65, (await recorder.EndAsync()).ExitCode);

        Assert.False(clash.GetProperty("ok").GetBoolean());
        var decisions = (await cli.JsonAsync("run", "show", run)).GetProperty("decisions");
        AssertHolds("""{"node_id":"unknown","chosen_option_id":"b","decision_type":"custom","reasoning":""}""", decisions[0]);
        AssertHolds("""{"node_id":"own","chosen_option_id":"a"}""", decisions[1]);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"é 😀 \\u2028\"")]
    [InlineData("{\"a\":[null]}")]
    [InlineData("null")]
    public async Task Record_ATag_ComesBackAsItWas(string tag)
    {
        var ended = await cli.FeedAsync($$"""{"event":"start_run","goal_id":"g","tag":{{tag}}}""", "run", "record");

        Assert.Equal(0, ended.ExitCode);
        Assert.True(JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(tag), Assert.Single(ended.Lines).GetProperty("tag")));
    }

    [Fact]
    public async Task Record_TwentyThousandLinesAtOnce_AreAnsweredInOrder()
    {
        using var recorder = cli.Record();
        var run = await recorder.StartRunAsync();
        var sending = Task.Run(async () =>
        {
            for (var n = 0; n < 20_000; n += 2) await recorder.SendAsync(Lines.Decide(run, $",\"tag\":{n}") + "\n" + Lines.Outcome(run, $"dec_{n / 2}", $",\"tag\":{n + 1}"));
        });
        for (var n = 0; n < 20_000; n++)
        {
            var answer = (await recorder.AnswerAsync())!.Value;
            Assert.Equal((true, n, $"dec_{n / 2}"), (answer.GetProperty("ok").GetBoolean(), answer.GetProperty("tag").GetInt32(), answer.GetProperty("decision_id").GetString()));
        }

        await sending;
        Assert.Equal(0, (await recorder.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Record_EmptyLinesAndCarriageReturns_ArePassedOver()
    {
        var ended = await cli.FeedAsync("\r\n\n{\"event\":\"start_run\",\"goal_id\":\"g\"}\r\n\n{\"event\":\"start_run\",\"goal_id\":\"h\"}", "run", "record");

        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(2, ended.Lines.Count(a => a.GetProperty("ok").GetBoolean()));
    }

    [Fact]
    public async Task Record_EndOfInputWithoutEndRun_LeavesTheRunStuck()
    {
        var run = (await cli.FeedAsync("""{"event":"start_run","goal_id":"g"}""", "run", "record")).Json.GetProperty("run_id").GetString()!;

        var shown = await cli.JsonAsync("run", "show", run);

        Assert.Equal("stuck", shown.GetProperty("status").GetString());
        AssertHolds("""{"severity":"critical","description":"The process that recorded this run is gone and never ended it"}""", Assert.Single(shown.GetProperty("problems").EnumerateArray()));
        Assert.Equal(run, Assert.Single((await cli.JsonAsync("run", "list", "--status", "stuck")).EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Record_AnEventAfterTheEnd_IsRefusedInThisProcessAndTheNext()
    {
        using var recorder = cli.Record();
        var run = await recorder.StartRunAsync();
        await recorder.SendAsync(Lines.End(run));
        await recorder.SendAsync(Lines.End(run));
        var ended = await recorder.EndAsync();
        var next = await cli.FeedAsync(Lines.Decide(run), "run", "record");

        Assert.Equal(65, ended.ExitCode);
        Assert.Equal([true, false], ended.Lines.Select(a => a.GetProperty("ok").GetBoolean()));
        Assert.Equal($"the run {run} has ended (completed)", ended.Lines[1].GetProperty("error").GetString());
        Assert.Equal((65, $"the run {run} has ended (completed)"), (next.ExitCode, next.Json.GetProperty("error").GetString()));
    }

    public void Dispose() => temporary.Dispose();

    private static void AssertHolds(string expected, JsonElement actual)
    {
        foreach (var member in JsonSerializer.Deserialize<JsonElement>(expected).EnumerateObject())
        {
            Assert.True(actual.TryGetProperty(member.Name, out var value), $"{member.Name} is missing in {actual}");
            Assert.True(JsonElement.DeepEquals(member.Value, value), $"{member.Name} is {value}, not {member.Value}");
        }
    }
}
