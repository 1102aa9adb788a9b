using System.CommandLine;
using System.Text.Json;
using Pawl.Cli.Ledger;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Storage;

namespace Pawl.Cli.Flags;

/// <summary>What the commands that change flags share: for which version, by whom and why, and how the outcome is told.</summary>
internal sealed class FlagEdit(CommandContext context)
{
    private readonly Option<long?> _version = new("--version") { Description = "The version the change is meant for. Default: the one that stands.", HelpName = "N" };
    private readonly Option<string?> _why = new("--why") { Description = "The reason, for the history and the receipt.", HelpName = "TEXT" };

    public void AddTo(Command command, bool withVersion = true)
    {
        if (withVersion) command.Options.Add(_version);
        command.Options.Add(_why);
    }

    /// <summary>Makes the change in one transaction; the version that stands is read in the same.</summary>
    public async Task<int> RunAsync(ParseResult parsed, string key, Func<FlagRegistry, ITransaction, FlagAct, FlagOutcome> change, long? version, CancellationToken cancellationToken)
    {
        await using var database = context.OpenDatabase();
        var (outcome, signing) = await ApplyAsync(database, parsed, key, change, version, cancellationToken);
        return Tell(outcome, signing);
    }

    /// <summary>The version that was given.</summary>
    public long? Version(ParseResult parsed) => parsed.GetValue(_version);

    /// <summary>Takes over the flags of a payload, or only says what that would change.</summary>
    public async Task<(IReadOnlyList<ImportedFlag> Flags, SigningReport? Signing)> ImportAsync(Database database, ParseResult parsed, FlagImport import, bool dry, CancellationToken cancellationToken)
    {
        try
        {
            return await CommitAsync(
                database,
                (registry, transaction) =>
                {
                    var imported = new FlagImporter(database.Flags, registry).Import(transaction, import, context.Actor, parsed.GetValue(_why) ?? "");
                    return dry ? throw new DryRun(imported) : imported;
                },
                cancellationToken);
        }
        catch (DryRun end)
        {
            return (end.Imported, null);
        }
    }

    private Task<(FlagOutcome Outcome, SigningReport Signing)> ApplyAsync(
        Database database, ParseResult parsed, string key, Func<FlagRegistry, ITransaction, FlagAct, FlagOutcome> change, long? version, CancellationToken cancellationToken) =>
        CommitAsync(
            database,
            (registry, transaction) => change(registry, transaction, new FlagAct
            {
                ExpectedVersion = version ?? database.Flags.View(transaction).Find(key)?.Version ?? 0,
                Actor = context.Actor,
                Why = parsed.GetValue(_why) ?? "",
            }),
            cancellationToken);

    // All that the command line changes in flags goes through here. The key is loaded first: without one that can sign, nothing is changed.
    private async Task<(T Outcome, SigningReport Signing)> CommitAsync<T>(Database database, Func<FlagRegistry, ITransaction, T> change, CancellationToken cancellationToken)
    {
        using var key = LedgerContext.Key(context);
        var registry = new FlagRegistry(database.Flags, new ReceiptLedger(database.Ledger, TimeProvider.System));
        var outcome = await database.WriteAsync(transaction => change(registry, transaction), cancellationToken);
        return (outcome, await LedgerContext.SignAsync(context, database, key, cancellationToken));
    }

    private int Tell(FlagOutcome outcome, SigningReport signing)
    {
        switch (outcome)
        {
            case FlagOutcome.Changed changed:
                Tell("changed", changed.Flag, changed.Receipt, signing, changed.Note);
                return ExitCode.Done;
            case FlagOutcome.Repeated repeated:
                Tell("repeated", repeated.Flag, repeated.Receipt, signing);
                return ExitCode.Done;
            case FlagOutcome.Conflict conflict:
                if (context.IsJson) CommandContext.WriteJson(to => Write(to, conflict));
                Terminal.Error(conflict.Message);
                return ExitCode.AnswerIsNo;
            default:
                throw Refusal(outcome);
        }
    }

    private static BadInputException Refusal(FlagOutcome outcome) => new(outcome switch
    {
        FlagOutcome.NotFound(var key) => NoFlag(key),
        FlagOutcome.Refused(var reason) => reason,
        _ => throw new ArgumentException($"{outcome} is no refusal.", nameof(outcome)),
    });

    public static string NoFlag(string key) => $"There is no flag {key}. `pawl flag list` shows those there are.";

    private void Tell(string outcome, Flag flag, Receipt receipt, SigningReport signing, string? note = null)
    {
        if (context.IsJson)
        {
            CommandContext.WriteJson(to =>
            {
                to.WriteStartObject();
                to.WriteString("outcome", outcome);
                to.WriteString("receipt", receipt.Ref);
                to.WriteNumber("receipt_seq", receipt.Seq);
                to.WritePropertyName("flag");
                FlagJson.Write(to, flag);
                signing.Write(to);
                if (note is not null) to.WriteString("note", note);
                to.WriteEndObject();
            });
            return;
        }

        if (outcome == "repeated") Terminal.Line($"{flag.Key}: this was done before, as version {flag.Version}. Receipt {receipt.Ref}, number {receipt.Seq}.");
        else Terminal.Line($"{flag.Key} is at version {flag.Version}. Receipt {receipt.Ref}, number {receipt.Seq}.");
        if (note is not null) Terminal.Line(note);
    }

    private static void Write(Utf8JsonWriter to, FlagOutcome.Conflict conflict)
    {
        to.WriteStartObject();
        to.WriteString("outcome", "conflict");
        to.WriteString("key", conflict.Key);
        to.WriteNumber("expected_version", conflict.ExpectedVersion);
        to.WriteNumber("current_version", conflict.CurrentVersion);
        to.WriteString("detail", conflict.Message);
        to.WriteEndObject();
    }

    // What a work throws leaves nothing behind: so a dry run is checked exactly like the import.
    private sealed class DryRun(IReadOnlyList<ImportedFlag> imported) : Exception
    {
        public IReadOnlyList<ImportedFlag> Imported => imported;
    }
}
