using System.ComponentModel.DataAnnotations;

namespace Pawl.Runs;

/// <summary>How a <see cref="RunRecorder"/> records.</summary>
public sealed class RunRecorderOptions
{
    /// <summary>Events that may wait for the store before recording blocks its caller. Default: 8,192.</summary>
    [Range(1, 1_000_000)]
    public int QueuedEvents { get; set; } = Limits.QueuedEvents;

    /// <summary>
    /// Whether each recording method returns only when its event is on disk. Default: false; then <see cref="RunRecorder.FlushAsync"/>
    /// and <see cref="ActiveRun.EndRunAsync"/> wait for what came before them.
    /// </summary>
    public bool Durable { get; set; }

    /// <summary>How often the same decision with the same result, among a run's last ten, counts as no progress. Default: 5; 0 turns the detection off.</summary>
    [Range(0, 10)]
    public int NoProgressAfter { get; set; } = 5;

    /// <summary>What is taken out of every event before it is written.</summary>
    public RedactionOptions Redaction { get; set; } = new();

    /// <summary>
    /// Where events go while the store cannot be reached: a folder for all databases. Default: <c>$XDG_STATE_HOME/pawl/spill</c>,
    /// else <c>~/.local/state/pawl/spill</c>.
    /// </summary>
    [Required]
    public string SpillDirectory { get; set; } = DefaultSpillDirectory();

    /// <summary>How long the recorder waits before it tries an unreachable store again. Default: one second.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    private static string DefaultSpillDirectory()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state) || !Path.IsPathRooted(state))
            state = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "pawl", "spill");
    }
}
