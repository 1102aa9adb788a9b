using Pawl.Changes;
using Pawl.Cli.Ledger;
using Pawl.Forges;
using Pawl.Ledger;
using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Cli.Changes;

/// <summary>What the commands that make changes share: the database, the key, the recorder, and Pawl's own folder for checkouts.</summary>
internal sealed class ChangeSession : IAsyncDisposable
{
    private readonly LedgerKey _key;
    private readonly RunRecorder _recorder;
    private readonly LedgerCheckpoints _checkpoints;

    private ChangeSession(Database database, LedgerKey key, CheckpointFile copies, RunRecorder recorder, ChangeServices services)
    {
        (Database, _key, _recorder) = (database, key, recorder);
        _checkpoints = new LedgerCheckpoints(database, database.Ledger, key, copies);
        Services = services with { SignAsync = SignAsync };
    }

    /// <summary>The database.</summary>
    public Database Database { get; }

    /// <summary>What changes work with.</summary>
    public ChangeServices Services { get; }

    /// <summary>Opens one as the options say. The key is loaded first: without one that can sign, nothing is begun.</summary>
    public static ChangeSession Open(CommandContext context, Action<ChangeProgress> watch)
    {
        var key = LedgerContext.Key(context);
        try
        {
            var database = context.OpenDatabase();
            var recorder = new RunRecorder(database, database.Runs, log: new StandardErrorLogger<RunRecorder>());
            var forge = context.Part("forge");
            return new ChangeSession(database, key, LedgerContext.Copies(context), recorder, Compose(database, recorder, TimeProvider.System, context.Actor, OwnFolder(), watch) with
            {
                Hidden = Hidden(context, database),
                // Read when it is used: without its token one can do everything else.
                Forge = () => forge is { } given ? ForgeSettings.Read(given, Environment.GetEnvironmentVariable, TimeProvider.System) : null,
                PushToken = remote => ForgeSettings.PushToken(forge ?? default, Environment.GetEnvironmentVariable, remote),
            });
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Opens one for a simulation: everything in a folder of its own, with a key of its own, at one moment.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="watch">Is told what happens.</param>
    /// <param name="file">The database's file in it.</param>
    public static ChangeSession Simulated(string folder, TimeProvider clock, Action<ChangeProgress> watch, string file = "pawl.db")
    {
        var key = TemporaryKey.Create(Path.Combine(folder, "ledger.pem"));
        var database = Database.Open(Path.Combine(folder, file));
        var recorder = new RunRecorder(database, database.Runs, new RunRecorderOptions { SpillDirectory = Path.Combine(folder, "spill") }, clock);
        return new ChangeSession(database, key, new CheckpointFile(Path.Combine(folder, "checkpoints")), recorder, Compose(database, recorder, clock, "os:demo", Path.Combine(folder, "changes"), watch) with { Hidden = [folder] });
    }

    public async ValueTask DisposeAsync()
    {
        await _recorder.DisposeAsync();
        _key.Dispose();
        await Database.DisposeAsync();
    }

    /// <summary>Where checkouts and Pawl's own repositories stand: <c>$XDG_STATE_HOME/pawl/changes</c>.</summary>
    public static string OwnFolder()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state) || !Path.IsPathRooted(state)) state = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "pawl", "changes");
    }

    /// <summary>What no agent and no check may see: the database, the key, the checkpoints and the configuration, which may hold tokens, wherever they are.</summary>
    public static IReadOnlyList<string> Hidden(CommandContext context, Database database)
    {
        var key = Path.GetFullPath(context.LedgerSetting("PAWL_LEDGER_KEY", "key") ?? LedgerKey.DefaultPath);
        List<string> hidden = [key, Path.GetDirectoryName(LedgerKey.DefaultPath)!, Path.GetDirectoryName(OwnFolder())!];
        if (context.LedgerSetting("PAWL_LEDGER_CHECKPOINTS", "checkpoints") is { } checkpoints) hidden.Add(Path.GetFullPath(checkpoints));
        if (context.ConfigurationPath is { } configuration) hidden.Add(configuration);
        if (database.File is { } file) hidden.AddRange([file, file + "-wal", file + "-shm", file + "-journal"]);
        return hidden;
    }

    private static ChangeServices Compose(Database database, RunRecorder recorder, TimeProvider clock, string actor, string folder, Action<ChangeProgress> watch) => new()
    {
        Store = database,
        Changes = database.Changes,
        Receipts = database.Ledger,
        SignAsync = _ => Task.FromResult<Checkpoint?>(null),
        Recorder = recorder,
        Folder = folder,
        Time = clock,
        Actor = actor,
        Watch = watch,
    };

    private async Task<Checkpoint?> SignAsync(CancellationToken cancellationToken)
    {
        switch (await _checkpoints.MakeAsync(cancellationToken))
        {
            case CheckpointOutcome.Made made:
                if (made.NotCopied is { } why) Terminal.Error($"pawl: {why} The checkpoint stands in the database; it is copied with the next one.");
                return made.Checkpoint;
            case CheckpointOutcome.Refused refused:
                throw new LedgerBrokenException($"{refused.Message} Nothing was signed. `pawl ledger verify` says what holds.");
            default:
                return null;
        }
    }
}
