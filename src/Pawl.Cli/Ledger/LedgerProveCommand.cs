using System.CommandLine;
using Pawl.Ledger;

namespace Pawl.Cli.Ledger;

/// <summary><c>pawl ledger prove REF</c></summary>
internal static class LedgerProveCommand
{
    public static Command Create(CommandContext context)
    {
        var reference = new Argument<string>("REF") { Description = "The receipt's name, or its number. Of several with one name the newest." };
        var output = new Option<string?>("--out") { Description = "The file to write. Default: standard output.", HelpName = "FILE" };
        var command = new Command("prove", "Prove that a receipt is in the ledger. `pawl ledger verify --proof FILE` verifies that without the database.") { reference, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var database = context.OpenDatabase();
            var receipt = database.Ledger.Read(view => LedgerContext.Find(view, parsed.GetValue(reference)!)[^1]);
            var checkpoint = await LedgerContext.CoveringAsync(context, database, receipt.Seq, cancellationToken);
            var proof = database.Ledger.Read(view => ReceiptProof.Of(view, receipt, checkpoint));
            if (proof.Verify([]) is ProofOutcome.Broken broken)
                throw new LedgerBrokenException($"Receipt {receipt.Seq} cannot be proved: {broken.Why}. `pawl ledger verify` says what holds.");
            if (parsed.GetValue(output) is not { } file)
            {
                CommandContext.WriteJson(proof.WriteTo);
                return ExitCode.Done;
            }

            await LedgerFile.WriteAsync(file, to => LedgerFile.Json(to, proof.WriteTo), cancellationToken);
            if (context.IsJson) CommandContext.WriteJson(proof.WriteTo);
            else Terminal.Line($"{receipt.Ref} is receipt {receipt.Seq} of {proof.Size}; the proof is in {file}");
            return ExitCode.Done;
        });
        return command;
    }
}
