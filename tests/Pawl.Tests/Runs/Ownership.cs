using Pawl.Runs;

namespace Pawl.Tests.Runs;

/// <summary>What the database knows of owners, and owners who are not this process.</summary>
internal static class Ownership
{
    /// <summary>A process of this host and boot that is gone: the highest process id there can be is never given out here.</summary>
    public static RunOwner Dead(string id = "dead") => RunOwner.ThisProcess() with { Id = id, ProcessId = int.MaxValue };

    /// <summary>A process of another machine, of which only its words are known.</summary>
    public static RunOwner Remote(string id = "remote") => RunOwner.ThisProcess() with { Id = id, Host = "elsewhere", Boot = "other" };

    /// <summary>When any owner was heard of last.</summary>
    public static DateTimeOffset LastWord(Recording recording) => new(
        recording.Database.Read(db => db.Number("select max(heartbeat_at) from run_owners")), TimeSpan.Zero);

    /// <summary>Waits until an owner was heard of at a time.</summary>
    public static Task HeardAsync(Recording recording, DateTimeOffset at) =>
        Eventually.Holds(() => LastWord(recording) >= at, "the owner says that it lives");

    /// <summary>Starts a run as an owner would, and appends events to it.</summary>
    public static async Task<RunId> StartAsync(Recording recording, RunOwner owner, params byte[][] events)
    {
        var run = Made.Run() with { Status = RunStatus.Running, CompletedAt = null };
        await recording.Database.WriteAsync(tx =>
        {
            recording.Database.Runs.Register(tx, owner, recording.Time.GetUtcNow());
            return recording.Database.Runs.TryStart(tx, owner, run, Line(1, EventWriter.Start(run)));
        });
        var n = 1;
        foreach (var next in events) Assert(await AppendAsync(recording, owner, Line(++n, next)));
        return run.Id;

        static void Assert(bool appended) => Xunit.Assert.True(appended, "The owner was refused.");
    }

    /// <summary>Appends lines as an owner would.</summary>
    public static Task<bool> AppendAsync(Recording recording, RunOwner owner, string lines) =>
        recording.Database.WriteAsync(tx => recording.Database.Runs.Append(tx, owner.Id, lines, lines.Count(c => c == '\n')));

    /// <summary>An event's line under its number.</summary>
    public static string Line(long n, byte[] payload) => $"{{\"n\":{n},{System.Text.Encoding.UTF8.GetString(payload)[1..]}\n";
}
