using System.CommandLine;
using System.Text.Json;
using Pawl.Flags;
using Pawl.Ledger;
using Pawl.Storage;

namespace Pawl.Cli.Ledger;

/// <summary><c>pawl ledger verify</c></summary>
internal static class LedgerVerifyCommand
{
    public static Command Create(CommandContext context)
    {
        var against = new Option<string?>("--against") { Description = "A file of checkpoints from elsewhere. Beside those in the second place of this host.", HelpName = "FILE" };
        var trust = new Option<string[]>("--trust") { Description = "Only checkpoints signed by these public keys count.", HelpName = "KEY.pem", AllowMultipleArgumentsPerToken = true };
        var proof = new Option<string?>("--proof") { Description = "Verify the proof in a file instead, without any database.", HelpName = "FILE" };
        var command = new Command("verify", "Verify every receipt, the tree and the checkpoints. Exit code 1 where something does not hold.") { against, trust, proof };
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(against) is not null && parsed.GetValue(proof) is not null) return context.Usage("Give --against or --proof, not both.", command);
            IReadOnlyList<LedgerPublicKey> trusted = [.. (parsed.GetValue(trust) ?? []).Select(LedgerPublicKey.Load)];
            if (parsed.GetValue(proof) is { } file) return VerifyProof(context, file, trusted);
            IReadOnlyList<Checkpoint> given = parsed.GetValue(against) is { } path ? CheckpointFile.ReadAll(path) : [];
            await using var database = context.OpenDatabase();
            var place = SecondPlace.Read(context, database);
            var witnesses = new LedgerWitnesses { Trusted = trusted, Against = [.. given, .. place.Checkpoints], Own = LedgerContext.OwnKey(context) };
            var report = LedgerVerifier.Verify(database.Ledger, witnesses).With(place.Findings);
            report = report.With(Flags(database, report));
            if (context.IsJson) CommandContext.WriteJson(to => Write(to, report, place));
            else Show(report, witnesses, place);
            return report.Holds ? ExitCode.Done : ExitCode.AnswerIsNo;
        });
        return command;
    }

    // What is live, beside the receipts. Where those do not hold, they may not even be readable enough to compare with.
    private static IReadOnlyList<LedgerFinding> Flags(Database database, LedgerReport report)
    {
        try
        {
            return FlagAudit.Run(database.Flags, database.Ledger);
        }
        catch (UnavailableException) when (!report.Holds)
        {
            return [];
        }
    }

    private static int VerifyProof(CommandContext context, string file, IReadOnlyList<LedgerPublicKey> trusted)
    {
        if (!File.Exists(file)) throw new BadInputException($"There is no file {file}.");
        if (new FileInfo(file).Length > Limits.ProofFileBytes) throw new BadInputException($"{file} has more than {Limits.ProofFileBytes} bytes: that is no proof.");
        var proof = ReceiptProof.Parse(File.ReadAllBytes(file));
        var outcome = proof.Verify(trusted);
        if (context.IsJson) CommandContext.WriteJson(to => Write(to, proof, outcome));
        else Show(proof, outcome);
        return outcome is ProofOutcome.Holds ? ExitCode.Done : ExitCode.AnswerIsNo;
    }

    /// <summary>Tells people what verifying found.</summary>
    public static void Show(LedgerReport report, LedgerWitnesses witnesses, SecondPlace place)
    {
        if (report.Holds)
        {
            Terminal.Markup($"[green]The ledger holds:[/] {report.Receipts} receipts, {report.Checkpoints} checkpoints.");
            if (report.Origin is not null) Terminal.Line($"{report.Origin}, root {report.Root}");
        }
        else
        {
            Terminal.Markup($"[red]The ledger does not hold.[/] {Terminal.Plain(report.Findings[0].Message)}");
            foreach (var finding in report.Findings.Skip(1)) Terminal.Line("  " + finding.Message);
            if (report.FindingCount > report.Findings.Count) Terminal.Line($"  and {report.FindingCount - report.Findings.Count} more");
        }

        if (report.Uncovered > 0) Terminal.Line($"No checkpoint that holds covers the newest {report.Uncovered} of them.");
        Terminal.Line(place.Checkpoints.Count > 0
            ? $"Compared with the {(place.Checkpoints.Count == 1 ? "checkpoint" : $"{place.Checkpoints.Count} checkpoints")} in the second place, {place.Path}"
            : "No second place on this host has checkpoints of this ledger. Without --against nobody can tell that its end was not cut off.");
        if (witnesses.Trusted.Count == 0)
        {
            foreach (var signer in report.Signers) Terminal.Line($"Signed by {signer.Name}, key sha256 {signer.KeyId}: as the database itself says. Compare, or give --trust.");
        }
    }

    private static void Show(ReceiptProof proof, ProofOutcome outcome)
    {
        if (outcome is ProofOutcome.Broken broken)
        {
            Terminal.Markup($"[red]The proof does not hold:[/] {Terminal.Plain(broken.Why)}.");
            return;
        }

        var holds = (ProofOutcome.Holds)outcome;
        Terminal.Markup($"[green]The proof holds:[/] {Terminal.Plain(holds.Ref)} is receipt {proof.Index} of the {proof.Size} in {Terminal.Plain(holds.Checkpoint.Origin)}.");
        Terminal.Line(proof.Entry);
        Terminal.Line(holds.IsTrusted
            ? $"Signed by a trusted key, sha256 {holds.Key.Id}"
            : $"The key is only the one in the file, sha256 {holds.Key.Id}. Compare it with one you got otherwise, or give it with --trust.");
    }

    private static void Write(Utf8JsonWriter to, LedgerReport report, SecondPlace place)
    {
        to.WriteStartObject();
        to.WriteBoolean("holds", report.Holds);
        to.WriteNumber("receipts", report.Receipts);
        to.WriteString("root", report.Root);
        to.WriteString("origin", report.Origin);
        to.WriteNumber("checkpoints", report.Checkpoints);
        to.WriteNumber("uncovered", report.Uncovered);
        to.WriteString("second_place", place.Path);
        to.WriteNumber("finding_count", report.FindingCount);
        to.WriteStartArray("findings");
        foreach (var finding in report.Findings)
        {
            to.WriteStartObject();
            to.WriteString("fault", JsonNamingPolicy.SnakeCaseLower.ConvertName($"{finding.Fault}"));
            if (finding.Receipt is { } receipt) to.WriteNumber("receipt", receipt);
            else to.WriteNull("receipt");
            to.WriteString("message", finding.Message);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteStartArray("signers");
        foreach (var signer in report.Signers)
        {
            to.WriteStartObject();
            to.WriteString("name", signer.Name);
            to.WriteString("key_id", signer.KeyId);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, ReceiptProof proof, ProofOutcome outcome)
    {
        to.WriteStartObject();
        to.WriteBoolean("holds", outcome is ProofOutcome.Holds);
        to.WriteNumber("index", proof.Index);
        to.WriteNumber("size", proof.Size);
        if (outcome is ProofOutcome.Holds holds)
        {
            to.WriteString("ref", holds.Ref);
            to.WriteString("origin", holds.Checkpoint.Origin);
            to.WriteString("key_id", holds.Key.Id);
            to.WriteBoolean("trusted", holds.IsTrusted);
        }

        if (outcome is ProofOutcome.Broken broken) to.WriteString("why", broken.Why);
        to.WriteEndObject();
    }
}
