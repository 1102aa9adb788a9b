using System.Text;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Lines that <c>pawl run record</c> refuses: one by one, with a reason, and without harm to their neighbours.</summary>
public sealed class RecordBadLineTests : IDisposable
{
    private const int EventBytes = 1024 * 1024;
    private const long PeakBytesMax = 300_000_000;

    private readonly TemporaryFolder temporary = new();
    private readonly Cli cli;

    public RecordBadLineTests() => cli = new Cli(temporary);

    [Fact]
    public async Task Record_BadLinesAmongGoodOnes_AreRefusedOneByOne()
    {
        using var recorder = cli.Record();
        var run = await recorder.StartRunAsync();
        (string Line, string Reason)[] bad =
        [
            ("x", "no JSON object"),
            ("[]", "expected an object"),
            ("{", "no JSON object"),
            ("""{"event":"start_run"}""", "\"goal_id\" is missing"),
            ("""{"event":"start_run","goal_id":""}""", "$.goal_id: expected a name"),
            ("""{"event":"start_run","goal_id":"g","run_id":"mine"}""", "Pawl gives out the id"),
            ("""{"event":"start_run","goal_id":"\ud800"}""", "half of a surrogate pair"),
            ("""{"event":"\udc00"}""", "half of a surrogate pair"),
            ("""{"event":"start_run","goal_id":"g","\ud800":1}""", "half of a surrogate pair"),
            ("""{"event":"start_run","goal_id":"g","tag":{"deep":"\uD800"}}""", "half of a surrogate pair"),
            ("""{"event":"fly","run_id":"R"}""", "\"fly\" is no event"),
            ("""{"event":null,"run_id":"R"}""", "\"event\" is missing"),
            ("""{"event":"set_node","node_id":"n"}""", "\"run_id\" is missing"),
            ("""{"event":"set_node","run_id":"../../etc/passwd","node_id":"n"}""", "$.run_id: expected a run id"),
            ("""{"event":"set_node","run_id":7,"node_id":"n"}""", "$.run_id: expected a string"),
            ("""{"event":"set_node","run_id":"run_20261120_235749_015f59b4","node_id":"n"}""", "there is no run run_20261120_235749_015f59b4"),
            ("""{"event":"set_node","run_id":"R"}""", "\"node_id\" is missing"),
            ("""{"event":"set_node","run_id":"R","node_id":"a\u0000b"}""", "NUL"),
            ("""{"event":"set_node","run_id":"R","run_id":"R","node_id":"n"}""", "the member \"run_id\" stands twice in one object"),
            ("""{"event":"start_run","goal_id":"g","x":[{"a":1},{"a":1,"b":{},"\u0061":2}]}""", "the member \"a\" stands twice in one object"),
            ("""{"event":"decide","run_id":"R","intent":"i","options":[{"id":"a"}],"chosen":"z"}""", "\"z\" is not among the 1 options"),
            ("""{"event":"decide","run_id":"R","intent":"i","options":[{"id":"a"},{"id":"a"}],"chosen":"a"}""", "$.options: the id \"a\" stands twice"),
            ("""{"event":"decide","run_id":"R","intent":"i","options":{"id":"a"},"chosen":"a"}""", "$.options: expected an array"),
            ("""{"event":"decide","run_id":"R","intent":"i","options":[{"id":"a","confidence":1.5}],"chosen":"a"}""", "$.options[0].confidence: expected a number from 0 to 1"),
            ("""{"event":"decide","run_id":"R","intent":"i","options":[{"id":"a","confidence":NaN}],"chosen":"a"}""", "no JSON object"),
            ("""{"event":"decide","run_id":"R","decision_id":"dec_7","intent":"i","options":[{"id":"a"}],"chosen":"a"}""", "Pawl gives it out"),
            ("""{"event":"record_outcome","run_id":"R","decision_id":"dec_0","success":true}""", "made no decision \"dec_0\""),
            ("""{"event":"record_outcome","run_id":"R","decision_id":"dec_0"}""", "\"success\" is missing"),
            ("""{"event":"evaluate","run_id":"R","decision_id":"dec_99999999999999999999"}""", "made no decision"),
            ("""{"event":"report_problem","run_id":"R","severity":"terrible","description":"p"}""", "none of critical, warning, minor"),
            ("""{"event":"end_run","run_id":"R"}""", "\"status\" is missing"),
            ("""{"event":"end_run","run_id":"R","status":"stuck"}""", "$.status"),
            ($$"""{"event":"start_run","goal_id":"g","x":{{new string('[', 200)}}{{new string(']', 200)}}}""", "depth"),
            ($$"""{"event":"start_run","goal_id":"{{new string('g', 257)}}"}""", "longer than the 256"),
            ($$"""{"event":"decide","run_id":"R","intent":"i","options":[{{string.Join(',', Enumerable.Range(0, 257).Select(n => $$"""{"id":"{{n}}"}"""))}}],"chosen":"1"}""", "more than the 256"),
        ];

        foreach (var (line, reason) in bad)
        {
            var answer = await recorder.AskAsync(line.Replace("\"R\"", $"\"{run}\""));
            Assert.False(answer.GetProperty("ok").GetBoolean(), line);
            Assert.Contains(reason, answer.GetProperty("error").GetString());
        }

        Assert.Equal("dec_0", (await recorder.TakeAsync(Lines.Decide(run))).GetProperty("decision_id").GetString());
        await recorder.TakeAsync(Lines.End(run));
        var ended = await recorder.EndAsync();
        Assert.Equal((65, ""), (ended.ExitCode, ended.Error));
        Assert.Equal(1, (await cli.JsonAsync("run", "list")).GetArrayLength());
    }

    [Fact]
    public async Task Record_ALineThatIsNotUtf8_IsRefused()
    {
        using var recorder = cli.Record();
        await recorder.SendAsync((byte[])[.. "{\"event\":\"start_run\",\"goal_id\":\""u8, 0xC3, 0x28, .. "\"}\n"u8]);

        Assert.Equal("the line is not UTF-8", (await recorder.AnswerAsync())!.Value.GetProperty("error").GetString());
        await recorder.StartRunAsync();
    }

    [Fact]
    public async Task Record_AByteOrderMark_IsPassedOverAtTheStartOnly()
    {
        using var recorder = cli.Record();
        await recorder.TakeAsync("\uFEFF{\"event\":\"start_run\",\"goal_id\":\"g\"}");

        var second = await recorder.AskAsync("\uFEFF{\"event\":\"start_run\",\"goal_id\":\"g\"}");
        Assert.Contains("no JSON object", second.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData(EventBytes, true)]
    [InlineData(EventBytes + 1, false)]
    [InlineData(3 * EventBytes, false)]
    public async Task Record_ALineAroundTheLimit_IsTakenUpToIt(int bytes, bool taken)
    {
        using var recorder = cli.Record();
        const string Start = """{"event":"start_run","goal_id":"g","note":" """;
        await recorder.SendAsync(Start + new string('x', bytes - Start.Length - 2) + "\"}");

        var answer = (await recorder.AnswerAsync())!.Value;
        Assert.Equal(taken, answer.GetProperty("ok").GetBoolean());
        if (!taken) Assert.Contains($"{bytes} bytes, more than the {EventBytes}", answer.GetProperty("error").GetString());
        await recorder.StartRunAsync();
    }

    [Fact]
    public async Task Record_ALineOf200Megabytes_IsRefusedInBoundedMemory()
    {
        using var recorder = cli.Record();
        var run = await recorder.StartRunAsync();
        var megabyte = Encoding.ASCII.GetBytes(new string('x', 1_000_000));
        for (var n = 0; n < 200; n++) await recorder.SendAsync(megabyte);
        await recorder.SendAsync("\n"u8.ToArray());

        Assert.Contains("200000000 bytes", (await recorder.AnswerAsync())!.Value.GetProperty("error").GetString());
        await recorder.TakeAsync(Lines.End(run));
        Assert.InRange(PeakMemory.Of(recorder.Process), 1, PeakBytesMax);
    }

    public void Dispose() => temporary.Dispose();
}
