using Microsoft.Extensions.Logging;
using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Tests.Runs;

/// <summary>A recorder on a real SQLite file in a folder of its own, which is removed at the end.</summary>
internal sealed class Recording : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunRecorder? _recorder;

    public Recording(Action<RunRecorderOptions>? configure = null, TimeProvider? time = null, Func<Database, ScriptedStore>? script = null)
    {
        Options.SpillDirectory = _folder["spill"];
        configure?.Invoke(Options);
        Database = Database.Open(Path);
        if (time is not null) ((SqlRunStore)Database.Runs).Time = time;
        Store = script?.Invoke(Database) ?? new ScriptedStore(Database);
        Time = time ?? TimeProvider.System;
    }

    public string Path => _folder["pawl.db"];

    public string SpillFolder => _folder["spill"];

    public TimeProvider Time { get; }

    public RunRecorderOptions Options { get; } = new();

    public Database Database { get; }

    public ScriptedStore Store { get; }

    public Log Log { get; } = new();

    public RunRecorder Recorder => _recorder ??= New();

    /// <summary>Another recorder on the same store: another process, as far as the store can tell.</summary>
    public RunRecorder New() => new(Store, Store, Options, Time, Log);

    public Task<ActiveRun> StartAsync(string goal = "goal") => Recorder.StartRunAsync(goal);

    /// <summary>What stands on disk once everything is there, read through the same database.</summary>
    public async Task<Run> ReadAsync(ActiveRun run)
    {
        await Recorder.FlushAsync();
        return (await Database.Runs.FindAsync(run.Id))!;
    }

    /// <summary>What another process would read at this moment.</summary>
    public async Task<Run?> ReadElsewhereAsync(RunId id)
    {
        await using var other = Database.Open(Path);
        ((SqlRunStore)other.Runs).Time = Time;
        return await other.Runs.FindAsync(id);
    }

    /// <summary>The spill files there are.</summary>
    public IReadOnlyList<string> Spilled() => Directory.Exists(SpillFolder) ? Directory.GetFiles(SpillFolder, "*", SearchOption.AllDirectories) : [];

    public async ValueTask DisposeAsync()
    {
        if (_recorder is not null) await _recorder.DisposeAsync();
        await Database.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Remembers what was logged.</summary>
internal sealed class Log : ILogger<RunRecorder>
{
    private readonly Lock _lock = new();
    private readonly List<(LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<(LogLevel Level, string Text)> Lines
    {
        get
        {
            lock (_lock) return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock) _lines.Add((logLevel, formatter(state, exception)));
    }
}
