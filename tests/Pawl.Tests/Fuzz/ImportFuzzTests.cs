using System.Text;
using System.Text.Json;
using Pawl.Runs;
using Pawl.Runs.Formats;
using Pawl.Storage;
using Xunit;

namespace Pawl.Tests.Fuzz;

/// <summary>Broken files into both importers: each is imported whole, or rejected with a reason, and the database can be read afterwards.</summary>
public sealed class ImportFuzzTests : IAsyncLifetime
{
    private const int FilesAtOnce = 100;

    private static readonly string Hive = """
        {"id":"RUN","goal_id":"g","started_at":"2026-11-20T23:57:49.287985","status":"failed","completed_at":"2026-11-20 23:58:00","goal_description":"d","input_data":{"k":1},"colour":"blue",
        "decisions":[{"id":"dec_0","timestamp":1795000000.5,"node_id":"read","intent":"i","decision_type":"tool_selection","options":[{"id":"a","description":"A","action_type":"t","action_params":{"x":[1.50]},"pros":["p"],"cons":[],"confidence":0.5},{"id":"b"}],"chosen_option_id":"a","chosen_option":{"id":"a"},"reasoning":"r","active_constraints":["c"],"input_context":{"y":null},"outcome":{"success":false,"result":{"r":1},"error":"Error: é 😀","state_changes":{},"tokens_used":12,"latency_ms":3,"summary":"s","timestamp":"2026-11-20T23:57:50Z"},"evaluation":{"goal_aligned":true,"alignment_score":1.0,"outcome_quality":0.25,"explanation":"e"},"was_successful":false},
        {"id":"dec_1","timestamp":"2026-11-20T23:57:51","node_id":"write","intent":"j","decision_type":"custom","options":[{"id":"a"}],"chosen_option_id":"a","outcome":null}],
        "problems":[{"id":"prob_0","severity":"odd","description":"p","root_cause":null,"decision_id":"dec_0","timestamp":"2026-11-20T23:57:52","suggested_fix":"f"}],
        "metrics":{"total_decisions":2,"nodes_executed":["read","write"],"edges_traversed":["e"],"success_rate":3.0,"own":7},"narrative":"n","output_data":{"o":1},"duration_ms":1,"duration_ms":2}
        """;

    private static readonly string Tau = """
        {"task_id":TASK,"trial":0,"reward":0.0,"info":{"task":{"user_id":"u","instruction":"i","actions":[{"name":"book","kwargs":{"a":1}}],"outputs":["42"]}},
        "traj":[{"role":"system","content":"s"},{"role":"user","content":"hello é 😀"},{"role":"assistant","content":"text","tool_calls":[{"id":"c1","type":"function","function":{"name":"book","arguments":"{\"a\": 1}"}},{"id":"c2","function":{"name":"find","arguments":"not json"}}]},
        {"role":"tool","tool_call_id":"c1","name":"book","content":"Error: no"},{"role":"tool","tool_call_id":"c2","name":"find","content":"[1]"},{"role":"assistant","content":null,"tool_calls":null}]}
        """;

    private readonly TemporaryFolder temporary = new();
    private readonly Database database;

    public ImportFuzzTests() => database = Database.Open(temporary["fuzz.db"]);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        temporary.Dispose();
    }

    [Fact]
    public async Task Hive_BrokenFiles_AreImportedWholeOrRejectedWithAReason()
    {
        var mutator = new Mutator(2026);
        var (imported, rejected) = (0, 0);
        for (var done = 0; done < LongRun.Scale(1000, 50_000); done += FilesAtOnce)
        {
            var directory = Directory.CreateDirectory(temporary[$"hive-{done}"]).FullName;
            for (var n = done; n < done + FilesAtOnce; n++)
                await File.WriteAllBytesAsync(Path.Combine(directory, $"{n}.json"), mutator.Mutate(Encoding.UTF8.GetBytes(Hive.Replace("RUN", $"run_{n}"))));

            var report = await new RunImporter(database, database.Runs).HiveAsync(directory, null, TimeZoneInfo.FindSystemTimeZoneById(done % 200 == 0 ? "Asia/Kathmandu" : "America/New_York"));

            Assert.Equal(FilesAtOnce, report.Imported + report.Duplicates + report.Rejected.Count);
            await AssertReadableAsync(report);
            await AssertReadsTheSameAsync(directory, report);
            (imported, rejected) = (imported + report.Imported, rejected + report.Rejected.Count);
            Directory.Delete(directory, recursive: true);
        }

        AssertBothHappened(imported, rejected);
    }

    [Fact]
    public async Task TauBench_BrokenFiles_AreImportedWholeOrRejectedWithAReason()
    {
        var mutator = new Mutator(2027);
        var (imported, rejected) = (0, 0);
        for (var done = 0; done < LongRun.Scale(1000, 50_000); done++)
        {
            // Some files are broken as a whole, most in one of their trajectories.
            var broken = Encoding.UTF8.GetString(mutator.Mutate(Encoding.UTF8.GetBytes(Tau.Replace("TASK", $"{done}"))));
            var file = Encoding.UTF8.GetBytes($"[{Tau.Replace("TASK", $"\"{done}\"")},{broken}]");
            var path = temporary["tau.json"];
            await File.WriteAllBytesAsync(path, done % 3 == 0 ? mutator.Mutate(file) : file);

            var report = await new RunImporter(database, database.Runs).TauBenchAsync(path, "g");

            await AssertReadableAsync(report);
            (imported, rejected) = (imported + report.Imported, rejected + report.Rejected.Count);
            if (done % 100 != 0) continue;
            var again = await new RunImporter(database, database.Runs).TauBenchAsync(path, "g");
            Assert.Equal((0, report.Imported + report.Duplicates), (again.Imported, again.Duplicates));
        }

        AssertBothHappened(imported, rejected);
    }

    private async Task AssertReadableAsync(ImportReport report)
    {
        Assert.All(report.Rejected, r => Assert.False(string.IsNullOrWhiteSpace(r.Reason), r.File));
        Assert.NotNull(await database.Runs.ListAsync(new RunQuery(Limit: 10)));
        foreach (var id in report.Runs)
        {
            var run = await database.Runs.FindAsync(id);
            Assert.NotNull(run);
            _ = RunSummary.Of(run);
        }
    }

    // What was accepted says the same after the way through the database and a second file.
    private async Task AssertReadsTheSameAsync(string directory, ImportReport report)
    {
        var exported = Path.Combine(directory, "out");
        await RunExporter.HiveAsync(database.Runs, report.Runs, exported);
        if (report.Runs.Count == 0) return;
        var again = await new RunImporter(database, database.Runs).HiveAsync(exported, null, TimeZoneInfo.Utc);
        Assert.Empty(again.Rejected);
        Assert.Equal((0, report.Runs.Count), (again.Imported, again.Duplicates));
        var given = Directory.EnumerateFiles(directory, "*.json").Select(file => Given(File.ReadAllBytes(file))).OfType<(string Id, string Goal, int Decisions)>().ToList();
        Assert.NotEmpty(given);
        foreach (var id in report.Runs.Where(id => given.Exists(g => g.Id == id.Value)))
        {
            var run = (await database.Runs.FindAsync(id))!;
            Assert.Contains((id.Value, run.GoalId, run.Decisions.Count), given);
        }
    }

    // What a file says at first sight, by another reading than the importer's.
    private static (string Id, string Goal, int Decisions)? Given(byte[] json)
    {
        try
        {
            var run = JsonSerializer.Deserialize<JsonElement>(json);
            return (run.GetProperty("id").GetString()!, SecretRedactor.Default.Redact(run.GetProperty("goal_id").GetString()!), run.GetProperty("decisions").GetArrayLength());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentNullException)
        {
            return null;
        }
    }

    // A fuzzer whose documents all pass, or all fail at the first byte, tries nothing.
    private static void AssertBothHappened(int imported, int rejected)
    {
        Assert.True(imported > 100, $"Only {imported} were imported.");
        Assert.True(rejected > 100, $"Only {rejected} were rejected.");
    }
}
