using System.Buffers;
using System.Text;
using System.Text.Json;
using Pawl.Runs;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Fuzz;

/// <summary>Broken lines into the protocol of <c>run record</c>: each is answered, and what was taken can be read.</summary>
public sealed class RecordFuzzTests(PostgresCluster cluster) : IDisposable
{
    private static readonly string[] Lines =
    [
        """{"event":"start_run","tag":{"n":1},"goal_id":"g","goal_description":"d","input_data":{"k":1},"agent":{"name":"n","version":"1","commit":"c"},"served":[{"flag":"f","version":3,"variant":"v","experiment":"e","unit":"u"}],"refs":[{"kind":"issue","id":"7"}],"x":[1.50]}""",
        """{"event":"set_node","run_id":"RUN","node_id":"plan"}""",
        """{"event":"decide","run_id":"RUN","tag":"t","intent":"i é 😀","decision_type":"tool_selection","options":[{"id":"a","description":"A","action_params":{"x":1},"confidence":0.5},{"id":"b"}],"chosen":"a","reasoning":"r","active_constraints":["c"],"input_context":{"y":null},"x":{"deep":[1]}}""",
        """{"event":"record_outcome","run_id":"RUN","decision_id":"dec_0","success":false,"result":{"r":1},"error":"Error: no","tokens_used":3,"latency_ms":4,"summary":"s","state_changes":{"z":1},"timestamp":"2026-11-20T23:57:50Z","x":1e5}""",
        """{"event":"evaluate","run_id":"RUN","decision_id":"dec_0","goal_aligned":true,"alignment_score":1,"outcome_quality":0.9,"explanation":"e","x":""}""",
        """{"event":"traverse_edge","run_id":"RUN","edge_id":"a>b"}""",
        """{"event":"report_problem","run_id":"RUN","severity":"warning","description":"p","root_cause":"c","decision_id":"dec_0","suggested_fix":"f"}""",
        """{"event":"end_run","run_id":"RUN","status":"completed","narrative":"n","output_data":{"o":1},"x":false}""",
    ];

    private readonly TemporaryFolder temporary = new();

    [Fact]
    public Task Take_BrokenLinesOnSqlite_AreAnsweredAndTheRunsCanBeRead() => FuzzAsync(temporary["fuzz.db"], LongRun.Scale(2000, 100_000), seed: 1);

    [Fact]
    public async Task Take_BrokenLinesOnPostgres_AreAnsweredAndTheRunsCanBeRead()
    {
        PostgresCluster.Require();
        await FuzzAsync(await cluster.CreateDatabaseAsync(), LongRun.Scale(1000, 20_000), seed: 2);
    }

    public void Dispose() => temporary.Dispose();

    private async Task FuzzAsync(string where, int lines, int seed)
    {
        var mutator = new Mutator(seed);
        await using var database = Database.Open(where);
        var taken = new HashSet<string>();
        var refused = 0;
        await using (var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { Durable = true, SpillDirectory = temporary["spill"] }))
        {
            var protocol = new RecordProtocol(recorder);
            string? run = null;
            for (var n = 0; n < lines; n++)
            {
                if (run is null || n % 50 == 0) run = (await RunIdAsync(protocol, Lines[0]))!;
                if (n % 50 == 1) Assert.NotNull(await RunIdAsync(protocol, Lines[2].Replace("RUN", run)));
                var answer = await await protocol.TakeAsync(mutator.Mutate(Encoding.UTF8.GetBytes(mutator.Pick(Lines).Replace("RUN", run))));
                var json = Written(answer);
                Assert.Equal(answer.Ok, json.GetProperty("ok").GetBoolean());
                if (answer.Ok) taken.Add(json.GetProperty("run_id").GetString()!);
                else Assert.False(string.IsNullOrWhiteSpace(json.GetProperty("error").GetString()));
                if (!answer.Ok) refused++;
            }

            Assert.Equal(0, recorder.Lost);
        }

        Assert.True(taken.Count > 10 && refused > 100, $"{taken.Count} runs were touched, {refused} lines were refused.");
        Assert.False(Directory.Exists(temporary["spill"]), "The database refused what the protocol took.");
        Assert.Equal(taken.Count, (await database.Runs.ListAsync(new RunQuery(Limit: 100_000))).Count(r => taken.Contains(r.Id.Value)));
        foreach (var id in taken) _ = RunSummary.Of((await database.Runs.FindAsync(RunId.Parse(id)))!);
    }

    private static async Task<string?> RunIdAsync(RecordProtocol protocol, string line)
    {
        var json = Written(await await protocol.TakeAsync(Encoding.UTF8.GetBytes(line)));
        return json.TryGetProperty("run_id", out var id) ? id.GetString() : null;
    }

    // An answer is one JSON line whatever the question was.
    private static JsonElement Written(RecordAnswer answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        answer.WriteTo(buffer);
        Assert.Equal(buffer.WrittenCount - 1, buffer.WrittenSpan.IndexOf((byte)'\n'));
        return JsonSerializer.Deserialize<JsonElement>(buffer.WrittenSpan);
    }
}
