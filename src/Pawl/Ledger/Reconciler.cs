using System.Text.Json;

namespace Pawl.Ledger;

/// <summary>What reading back showed of an effect that was intended.</summary>
public abstract record ReadBack
{
    private ReadBack()
    {
    }

    /// <summary>It was made.</summary>
    /// <param name="Ref">The name of the receipt that completes it.</param>
    /// <param name="Message">What was found, in a sentence or two.</param>
    /// <param name="Data">What else belongs to it; undefined for nothing.</param>
    public sealed record Done(string Ref, string Message, JsonElement Data = default) : ReadBack;

    /// <summary>It was not made, and nobody is making it any more.</summary>
    /// <param name="Why">How that is known.</param>
    public sealed record NotDone(string Why) : ReadBack;

    /// <summary>It cannot be told now.</summary>
    /// <param name="Why">Why not.</param>
    public sealed record Unknown(string Why) : ReadBack;
}

/// <summary>Looks whether an effect was made, by the key it was to be made with.</summary>
/// <param name="intent">The intent.</param>
/// <param name="cancellationToken">Gives up.</param>
public delegate Task<ReadBack> ReadBackAsync(Receipt intent, CancellationToken cancellationToken);

/// <summary>What came of following up one intent.</summary>
public abstract record Reconciled
{
    private Reconciled(Receipt intent) => Intent = intent;

    /// <summary>The intent.</summary>
    public Receipt Intent { get; }

    /// <summary>The effect had been made; now a receipt says so.</summary>
    public sealed record Completed(Receipt Of, Receipt Result) : Reconciled(Of);

    /// <summary>The effect had not been made; it may be tried again.</summary>
    public sealed record Reopened(Receipt Of, Receipt Result) : Reconciled(Of);

    /// <summary>Somebody else appended its result meanwhile.</summary>
    public sealed record ClosedMeanwhile(Receipt Of) : Reconciled(Of);

    /// <summary>It stays open, to be followed up again.</summary>
    public sealed record LeftOpen(Receipt Of, string Why) : Reconciled(Of);
}

/// <summary>
/// Finds intents without a result, which a crash leaves behind, reads back whether their effects were made, and completes or reopens them.
/// Running it again, or many at once, appends no second result.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="ledger">The ledger in it.</param>
/// <param name="time">The clock.</param>
/// <param name="actor">Who reconciles: <c>pawl:reconciler</c>.</param>
/// <param name="tools">How each tool's effects are read back.</param>
public sealed class Reconciler(IStore store, ILedgerStore ledger, TimeProvider time, string actor, IReadOnlyDictionary<string, ReadBackAsync> tools)
{
    private const int Page = 100;

    private readonly ReceiptLedger _receipts = new(ledger, time);

    /// <summary>Follows up all intents that are older than an age, which must be longer than any effect takes.</summary>
    /// <exception cref="UnavailableException">The database cannot be read or written. What was appended before stays.</exception>
    public async Task<IReadOnlyList<Reconciled>> RunAsync(TimeSpan olderThan, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(olderThan, TimeSpan.Zero);
        var before = time.GetUtcNow() - olderThan;
        var all = new List<Reconciled>();
        for (var after = -1L; ;)
        {
            var from = after;
            var intents = ledger.Read(view => view.OpenIntents(before, from, Page));
            foreach (var intent in intents) all.Add(await FollowUpAsync(intent, cancellationToken).ConfigureAwait(false));
            if (intents.Count < Page) return all;
            after = intents[^1].Seq;
        }
    }

    private async Task<Reconciled> FollowUpAsync(Receipt intent, CancellationToken cancellationToken)
    {
        if (!ledger.Read(view => view.IsOpen(intent))) return new Reconciled.ClosedMeanwhile(intent); // by the result of a later intent of its key
        if (!tools.TryGetValue(intent.Tool, out var readBack)) return new Reconciled.LeftOpen(intent, $"nothing reads back what {intent.Tool} does");
        return await ReadAsync(readBack, intent, cancellationToken).ConfigureAwait(false) switch
        {
            ReadBack.Done done => await CloseAsync(new IntentResult(Ok: true, done.Ref, done.Message, done.Data)).ConfigureAwait(false) is { } result
                ? new Reconciled.Completed(intent, result)
                : new Reconciled.ClosedMeanwhile(intent),
            ReadBack.NotDone not => await CloseAsync(new IntentResult(Ok: false, intent.Ref, not.Why)).ConfigureAwait(false) is { } result
                ? new Reconciled.Reopened(intent, result)
                : new Reconciled.ClosedMeanwhile(intent),
            ReadBack.Unknown unknown => new Reconciled.LeftOpen(intent, unknown.Why),
            var other => throw new InvalidOperationException($"{other} is no answer of reading back."),
        };

        Task<Receipt?> CloseAsync(IntentResult result) => store.WriteAsync(transaction => _receipts.Close(transaction, intent, actor, result), cancellationToken);
    }

    // One tool that fails must not keep the intents of all others open.
    private static async Task<ReadBack> ReadAsync(ReadBackAsync readBack, Receipt intent, CancellationToken cancellationToken)
    {
        try
        {
            return await readBack(intent, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new ReadBack.Unknown($"reading back failed: {e.Message}");
        }
    }
}
