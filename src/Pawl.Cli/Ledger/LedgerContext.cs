using System.Text;
using System.Text.Json;
using Pawl.Ledger;
using Pawl.Storage;

namespace Pawl.Cli.Ledger;

/// <summary>What the commands about the ledger share: its key, its second place, and how receipts are named and written.</summary>
internal static class LedgerContext
{
    private static readonly CompositeFormat NoReceipt = CompositeFormat.Parse("There is no receipt {0}. `pawl ledger list` shows the newest ones.");

    /// <summary>The key that signs: <c>$PAWL_LEDGER_KEY</c>, <c>ledger: {key: …}</c> in the configuration, else this host's own, made on first use.</summary>
    public static LedgerKey Key(CommandContext context) => LedgerKey.Load(context.LedgerSetting("PAWL_LEDGER_KEY", "key"));

    /// <summary>The public half of that key; null where there is none yet, or none that can be read, which is no matter for who only reads.</summary>
    public static LedgerPublicKey? OwnKey(CommandContext context)
    {
        var path = context.LedgerSetting("PAWL_LEDGER_KEY", "key") ?? LedgerKey.DefaultPath;
        try
        {
            return File.Exists(path) ? LedgerPublicKey.Load(path) : null;
        }
        catch (Exception e) when (e is BadInputException or UnavailableException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The second place: <c>$PAWL_LEDGER_CHECKPOINTS</c>, <c>ledger: {checkpoints: …}</c>, else one below <c>$XDG_STATE_HOME</c>.</summary>
    public static CheckpointFile Copies(CommandContext context) => new(context.LedgerSetting("PAWL_LEDGER_CHECKPOINTS", "checkpoints"));

    /// <summary>The receipts of a name or number that a person gave, oldest first.</summary>
    public static IReadOnlyList<Receipt> Find(ILedgerView view, string reference)
    {
        var found = view.FindByRef(reference);
        if (found.Count > 0) return found;
        return long.TryParse(reference, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var seq) && view.Find(seq) is { } receipt
            ? [receipt]
            : throw new BadInputException(string.Format(System.Globalization.CultureInfo.InvariantCulture, NoReceipt, reference));
    }

    /// <summary>The newest checkpoint that covers a receipt. One is made where there is none; then its copy may fail, which is said.</summary>
    public static async Task<Checkpoint> CoveringAsync(CommandContext context, Database database, long seq, CancellationToken cancellationToken)
    {
        if (database.Ledger.Read(view => view.LastCheckpoint()) is { Note: { } note } && Checkpoint.TryParse(note, out var last) && last.Size > seq) return last;
        using var key = Key(context);
        return await new LedgerCheckpoints(database, database.Ledger, key, Copies(context)).MakeAsync(cancellationToken) switch
        {
            CheckpointOutcome.Made made => Copied(made),
            CheckpointOutcome.Refused refused => throw new LedgerBrokenException($"{refused.Message} Nothing was signed. `pawl ledger verify` says what holds."),
            _ => throw new UnavailableException("The ledger is empty."),
        };
    }

    /// <summary>Signs what a command has just appended. The change is made and has its receipt, so whatever fails here is only said.</summary>
    public static async Task<SigningReport> SignAsync(CommandContext context, Database database, LedgerKey key, CancellationToken cancellationToken)
    {
        try
        {
            switch (await new LedgerCheckpoints(database, database.Ledger, key, Copies(context)).MakeAsync(cancellationToken))
            {
                case CheckpointOutcome.Made made:
                    return new SigningReport(Copied(made).Size, true, made.NotCopied);
                case CheckpointOutcome.Refused refused:
                    return Unsigned($"{refused.Message} No checkpoint was signed. `pawl ledger verify` says what holds.");
                default:
                    return new SigningReport(null, false, null);
            }
        }
        catch (UnavailableException e)
        {
            return Unsigned($"no checkpoint was made: {e.Message} The next change makes one.");
        }
    }

    private static SigningReport Unsigned(string problem)
    {
        Terminal.Error("pawl: " + problem);
        return new SigningReport(null, false, problem);
    }

    private static Checkpoint Copied(CheckpointOutcome.Made made)
    {
        if (made.NotCopied is { } why) Terminal.Error($"pawl: {why} The checkpoint stands in the database; it is copied with the next one.");
        return made.Checkpoint;
    }

    /// <summary>Writes a receipt: its entry, the data that stands aside and whether it holds where that was asked for.</summary>
    public static void Write(Utf8JsonWriter to, Receipt receipt, string? body = null, bool? holds = null)
    {
        using var entry = JsonDocument.Parse(ReceiptEntry.Of(receipt));
        to.WriteStartObject();
        to.WriteNumber("seq", receipt.Seq);
        foreach (var member in entry.RootElement.EnumerateObject().Where(m => m.Name != "seq")) member.WriteTo(to);
        to.WriteString("leaf", Convert.ToHexStringLower(ReceiptEntry.LeafHash(receipt)));
        if (holds is { } isWhole) to.WriteBoolean("holds", isWhole);
        if (body is not null)
        {
            to.WritePropertyName("body");
            to.WriteRawValue(body);
        }

        to.WriteEndObject();
    }

    /// <summary>Whether a receipt's fields give the hash that its leaf has.</summary>
    public static bool Holds(ILedgerView view, Receipt receipt)
    {
        try
        {
            return view.Node(0, receipt.Seq).AsSpan().SequenceEqual(ReceiptEntry.LeafHash(receipt));
        }
        catch (LedgerDamagedException)
        {
            return false;
        }
    }

    /// <summary>What a receipt says came of it.</summary>
    public static string Word(Receipt receipt) => receipt.Kind == ReceiptKind.Intent ? "intended" : receipt.Ok ? "done" : "not done";

    /// <summary>The same in its colour.</summary>
    public static string Outcome(Receipt receipt) => Word(receipt) switch { "done" => "[green]done[/]", "not done" => "[red]not done[/]", _ => "[blue]intended[/]" };
}
