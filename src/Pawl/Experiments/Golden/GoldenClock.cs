namespace Pawl.Experiments.Golden;

/// <summary>The clock of a golden trace: it stands still until the next look is due.</summary>
/// <param name="start">Where it stands first.</param>
public sealed class GoldenClock(DateTimeOffset start) : TimeProvider
{
    private DateTimeOffset _now = start;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _now;

    /// <summary>Moves on to a time, never back.</summary>
    internal void MoveTo(DateTimeOffset at)
    {
        if (at > _now) _now = at;
    }
}
