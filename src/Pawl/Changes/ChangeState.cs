using Pawl.Ledger;

namespace Pawl.Changes;

/// <summary>
/// The state of a change while it is worked on: each step is stored with its receipts before the next one begins, one at a time however many lanes there are.
/// </summary>
internal sealed class ChangeState(ChangeServices services, Change change)
{
    private readonly Lock _watching = new();
    private readonly SemaphoreSlim _storing = new(1, 1);
    private ChangeJournal? _journal;

    /// <summary>What it works with.</summary>
    public ChangeServices Services => services;

    /// <summary>Makes and stores receipts.</summary>
    public ChangeReceipts Receipts { get; } = new(services);

    /// <summary>The state that was stored last; version 0: none was.</summary>
    public Change Current { get; private set; } = change;

    /// <summary>Stores the next state.</summary>
    /// <param name="next">Makes it of the one before.</param>
    /// <param name="receipts">The receipts that belong to it.</param>
    public Task PutAsync(Func<Change, Change> next, params ReceiptDraft[] receipts) => PutAsync(next, _ => { }, receipts);

    /// <summary>Stores the next state, and what else belongs to the same transaction.</summary>
    public async Task PutAsync(Func<Change, Change> next, Action<ITransaction> also, params ReceiptDraft[] receipts)
    {
        await _storing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            Current = await Receipts.PutAsync(next(Current), also, receipts).ConfigureAwait(false);
        }
        finally
        {
            _storing.Release();
        }
    }

    /// <summary>Begins the run in which the change's decisions are recorded, or goes on with it.</summary>
    public async Task OpenRunAsync(AgentSettings agent)
    {
        var journal = await ChangeJournal.OpenAsync(services.Recorder, Current, agent).ConfigureAwait(false);
        if (Current.Run != journal.Id.Value) await PutAsync(change => change with { Run = journal.Id.Value }).ConfigureAwait(false);
        _journal = journal;
        await RecordAsync().ConfigureAwait(false);
    }

    /// <summary>Records the attempts that are not in the run yet.</summary>
    public async Task RecordAsync()
    {
        await _storing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await _journal!.RecordAsync(Current).ConfigureAwait(false);
        }
        finally
        {
            _storing.Release();
        }
    }

    /// <summary>Ends the run.</summary>
    public Task EndRunAsync() => _journal!.EndAsync(Current);

    /// <summary>Tells whoever watches; one at a time.</summary>
    public void Watch(ChangeProgress progress)
    {
        lock (_watching) services.Watch?.Invoke(progress);
    }
}
