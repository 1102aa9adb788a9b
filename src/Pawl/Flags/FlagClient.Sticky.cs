using Microsoft.Extensions.Logging;

namespace Pawl.Flags;

public sealed partial class FlagClient
{
    /// <summary>
    /// The context with the earlier assignments of its units, so that <see cref="Evaluate"/> keeps to them. Without
    /// <see cref="FlagClientOptions.Sticky"/>, or where they cannot be read (a line in the log says so), the context as it is: then
    /// assignments are made from the hash alone and none is kept. The context is for one evaluation at a time.
    /// </summary>
    public async Task<EvaluationContext> WithStickyAsync(EvaluationContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (_options.Sticky is not { } sticky) return context;
        try
        {
            var keys = StickyAssignments.KeysFor(_snapshot.Evaluator.Flags, context.Attributes);
            return context.With(new StickyAssignments(await sticky.Assignments.LoadAsync(keys, cancellationToken).ConfigureAwait(false)));
        }
        catch (UnavailableException e)
        {
            LogStickyAway(_log, e);
            return context;
        }
    }

    /// <summary>
    /// Keeps what was assigned in a context of <see cref="WithStickyAsync"/>. Where another process assigned the same unit first, that
    /// assignment stands, and the context has it from then on. Writes nothing where nothing is new.
    /// </summary>
    /// <returns>False where the store is away (a line in the log says so): the assignments stay with the context, to be tried again.</returns>
    public async Task<bool> SaveStickyAsync(EvaluationContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (_options.Sticky is not { } sticky || context.Sticky is not { Changed: { Count: > 0 } changed } assignments) return true;
        try
        {
            var stored = await sticky.Store.WriteAsync(transaction => changed.Select(document => sticky.Assignments.Save(transaction, document)).ToList(), cancellationToken).ConfigureAwait(false);
            foreach (var document in stored) assignments.Kept(document);
            return true;
        }
        catch (UnavailableException e)
        {
            LogStickyLost(_log, e, changed.Count);
            return false;
        }
    }

    private ExposureTracker? Tracker(Action<Exposure>? heard) => heard is null ? null : new ExposureTracker(exposure =>
    {
        try
        {
            heard(exposure);
        }
        catch (Exception e)
        {
            LogExposure(_log, e, exposure.Experiment);
            throw;
        }
    });

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sticky assignments cannot be read; the unit is assigned by its hash alone")]
    private static partial void LogStickyAway(ILogger log, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sticky assignments of {Count} units could not be kept")]
    private static partial void LogStickyLost(ILogger log, Exception e, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "An exposure in {Experiment} could not be reported; it will not be reported again")]
    private static partial void LogExposure(ILogger log, Exception e, string experiment);
}
