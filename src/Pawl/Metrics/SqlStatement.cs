namespace Pawl.Metrics;

/// <summary>A statement and what its parameters are bound to.</summary>
internal sealed record SqlStatement(string Text, IReadOnlyDictionary<string, object> Parameters);

/// <summary>The user's SQL for exposures and for posted events, from which the generator builds.</summary>
/// <param name="Exposures">A SELECT of unit, variant and at, of the flag <c>@flag</c>.</param>
/// <param name="Events">A SELECT of unit, at and value of the events named by the parameter that stands for <c>{0}</c>; null where a source holds none.</param>
internal sealed record SqlTables(string Exposures, string? Events = null)
{
    /// <summary>
    /// A SELECT of unit, at and value of what is measured of runs; null where a source holds none. Its exposures have a column <c>ended</c>
    /// besides, and units for which it is 0 have no value yet: they are exposed and not counted.
    /// </summary>
    public Func<RunMeasure, string>? Runs { get; init; }
}
