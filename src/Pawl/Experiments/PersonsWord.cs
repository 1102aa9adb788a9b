using System.Globalization;
using Pawl.Ledger;

namespace Pawl.Experiments;

/// <summary>What a person says of an experiment: an approval, a stop, a rollback. It has its receipt, and changes what the orchestrator does next.</summary>
internal sealed class PersonsWord(ExperimentServices services)
{
    public Task<WordOutcome> SpeakAsync(string id, string tool, string prefix, Func<Experiment, (Experiment? Next, string Text)> word, CancellationToken cancellationToken) => services.Store.WriteAsync<WordOutcome>(
        transaction =>
        {
            if (services.Experiments.View(transaction).Find(id) is not { } before) return new WordOutcome.Refused($"There is no experiment {id}. `pawl experiment list` shows those there are.");
            var (next, text) = word(before);
            var after = next is null ? null : next with { Version = before.Version + 1 };
            if (after is not null && !services.Experiments.TryPut(transaction, after)) return new WordOutcome.Refused($"{id} was carried on at the same time. Try again.");
            var version = before.Version.ToString(CultureInfo.InvariantCulture);
            // Who tried what they may not is on record too.
            services.Ledger.Append(transaction, new ReceiptDraft
            {
                Tool = tool,
                Ok = after is not null,
                Ref = $"{(after is null ? "REFUSED" : prefix)}-{id}",
                Key = IdempotencyKey.Derive(tool, before.Contract.Hash, version, services.Actor),
                Args = Json.Object(to =>
                {
                    to.WriteString("experiment", id);
                    to.WriteString("version", version);
                }),
                Actor = services.Actor,
                Subject = "experiment:" + id,
                Contract = before.Contract.Hash,
                Message = ShortText.Start(text.Trim(), Limits.ReceiptMessageCharacters),
            });
            return after is null ? new WordOutcome.Refused(text) : new WordOutcome.Taken(after);
        },
        cancellationToken);
}
