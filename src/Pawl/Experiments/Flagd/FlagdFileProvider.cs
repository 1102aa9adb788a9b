using System.Globalization;
using System.Text.Json;
using Pawl.Ledger;

namespace Pawl.Experiments.Flagd;

/// <summary>
/// A file of definitions that <see href="https://flagd.dev">flagd</see> serves. All that Pawl does not own in the file stays as it was.
/// <para>Which unit gets which arm is flagd's doing: murmur3 over the contract's seed and the unit, not the hash by which Pawl's own flags assign. Shares and
/// ramps hold; the same unit may get another arm than it would from Pawl.</para>
/// <para>The file is outside Pawl's database. So an intent is put on record first, the file is replaced and read back, and the receipt follows; the step's key
/// stands in the flag's metadata, so that after a crash it can be told whether the step was done.</para>
/// </summary>
/// <param name="path">The file, in JSON; made where there is none. Beside it stand <c>.lock</c> and, while it is written, <c>.tmp</c>.</param>
/// <param name="store">The store.</param>
/// <param name="ledger">Where intents and receipts go.</param>
/// <param name="time">The clock by which one waits for another writer.</param>
public sealed class FlagdFileProvider(string path, IStore store, ReceiptLedger ledger, TimeProvider time) : IFlagProvider
{
    /// <inheritdoc/>
    public string Name => "flagd";

    /// <inheritdoc/>
    public Task<ServedState?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(FlagdFile.Find(FlagdFile.Read(path), key)?.Served);
    }

    /// <inheritdoc/>
    public async Task<FlagStepOutcome> ApplyAsync(FlagStep step, StepCommit commit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(commit);
        using var file = await FlagdFile.LockAsync(path, time, cancellationToken).ConfigureAwait(false);
        if (await store.WriteAsync(transaction => Earlier(transaction, step, commit), cancellationToken).ConfigureAwait(false) is { } earlier) return earlier;
        var document = file.Read();
        var current = FlagdFile.Find(document, step.Contract.Terms.FlagKey);
        if (current is { IsTouched: false } && current.Key == step.Key) return await CompleteAsync(step, current, commit).ConfigureAwait(false); // a crash came between the file and its receipt
        if (FlagdSteps.Obstacle(current, step) is { } obstacle) return obstacle;
        FlagdFlag next;
        try
        {
            next = FlagdSteps.Next(current, step);
        }
        catch (BadInputException e)
        {
            return new FlagStepOutcome.Refused(e.Message);
        }

        await store.WriteAsync(transaction => ledger.Append(transaction, Draft(step, next) with { Kind = ReceiptKind.Intent, Ok = false }), cancellationToken).ConfigureAwait(false);
        file.Put(document, step.Contract.Terms.FlagKey, next);
        var back = FlagdFile.Find(file.Read(), step.Contract.Terms.FlagKey);
        if (back is null || back.IsTouched || back.Digest != next.Digest)
            throw new UnavailableException($"{path} was read back otherwise than it was written: something else writes it. Let Pawl be the only one, then try again.");
        return await CompleteAsync(step, back, commit).ConfigureAwait(false);
    }

    /// <summary>Looks whether the effect of an intent of this provider was made; for <see cref="Reconciler"/>.</summary>
    public async Task<ReadBack> ReadBackAsync(Receipt intent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(intent);
        using var file = await FlagdFile.LockAsync(path, time, cancellationToken).ConfigureAwait(false); // nobody is making it meanwhile
        var flag = FlagdFile.Find(file.Read(), intent.Subject["flag:".Length..]);
        if (flag?.Key == intent.Key) return new ReadBack.Done(intent.Ref, $"{path} carries its key.", Data(flag.IsTouched ? flag.Version - 1 : flag.Version, flag.Digest));
        return (flag?.Version ?? 0) < ToVersion(intent)
            ? new ReadBack.NotDone($"{path} is at version {flag?.Version ?? 0} and does not carry its key.")
            : new ReadBack.Unknown($"{path} has moved on to version {flag?.Version}, so that it no longer shows whether this was done.");
    }

    private FlagStepOutcome? Earlier(ITransaction transaction, FlagStep step, StepCommit commit)
    {
        switch (ledger.Earlier(transaction, step.Key, step.Args))
        {
            case AppendOutcome.Repeated(var receipt):
                commit(transaction, receipt);
                return new FlagStepOutcome.Done(receipt, ToVersion(receipt));
            case AppendOutcome.Refused refused: return new FlagStepOutcome.Refused(refused.Message);
            default: return null;
        }
    }

    // The effect is there: it is put on record even where the caller no longer waits.
    private Task<FlagStepOutcome> CompleteAsync(FlagStep step, FlagdFlag made, StepCommit commit) => store.WriteAsync<FlagStepOutcome>(
        transaction =>
        {
            var receipt = ledger.Append(transaction, Draft(step, made)) switch
            {
                AppendOutcome.Appended appended => appended.Receipt,
                AppendOutcome.Repeated repeated => repeated.Receipt, // the reconciler was here
                var other => throw new InvalidOperationException($"{other} of a key that was free."),
            };
            commit(transaction, receipt);
            return new FlagStepOutcome.Done(receipt, made.Version);
        },
        CancellationToken.None);

    private ReceiptDraft Draft(FlagStep step, FlagdFlag made)
    {
        var flag = step.Contract.Terms.FlagKey;
        var (tool, reference) = step.Kind switch
        {
            FlagStepKind.Create => ("CreateFlag", $"FLAG-{flag}"),
            FlagStepKind.Allocate => ("AllocateTraffic", string.Create(CultureInfo.InvariantCulture, $"ALLOC-{flag}@{made.Version}")),
            FlagStepKind.Promote => ("PromoteVariant", string.Create(CultureInfo.InvariantCulture, $"PROM-{step.Arm}@{made.Version}")),
            FlagStepKind.RollBack => ("RollbackVariant", string.Create(CultureInfo.InvariantCulture, $"RB-{step.Arm}@{made.Version}")),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
        return new ReceiptDraft
        {
            Tool = tool,
            Ref = reference,
            Key = step.Key,
            Args = step.Args,
            Actor = step.Actor,
            Subject = "flag:" + flag,
            Contract = step.Contract.Hash,
            Message = $"{flag} in {Path.GetFileName(path)} at version {made.Version}. {ShortText.Start(step.Why, Limits.FlagReasonCharacters)}".TrimEnd(),
            Data = Data(made.Version, made.Digest),
        };
    }

    private JsonElement Data(long version, string? document) => Json.Object(to =>
    {
        to.WriteNumber("from_version", version - 1);
        to.WriteNumber("to_version", version);
        to.WriteString("document", document);
        to.WriteString("file", path);
    });

    private static long ToVersion(Receipt receipt) => receipt.Data is { } data && Json.Parse(data).TryGetProperty("to_version", out var version) && version.TryGetInt64(out var number) ? number : 0;
}
