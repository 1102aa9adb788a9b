using System.Text;
using Microsoft.Extensions.AI;

namespace Pawl.Experiments;

/// <summary>
/// The planner that asks a model how an experiment begins. The model words the plan and chooses among the steps that <see cref="RuleBasedPlanner"/> has; its
/// answer is held to <see cref="PlanSchema"/> and to <see cref="PlanVerifier"/>, and it may mend it once. Where no plan comes of that, for whatever reason,
/// there is the rule's, and <see cref="PlannerAnswer.Notes"/> say why: only the caller's own cancellation is an exception.
/// </summary>
/// <remarks>
/// Asked is only while an experiment begins. Looks and what a verdict demands are not a model's choice, and do not wait for one. Nor is a model told a
/// contract that holds what looks like a secret.
/// </remarks>
/// <param name="model">The model. Its answers are read whole, so whoever makes it limits how much comes in.</param>
/// <param name="name">The model's name, for <see cref="PlannerAnswer.By"/>.</param>
/// <param name="time">The clock of the time limits.</param>
/// <param name="options">Time limits and length; null: the defaults.</param>
/// <param name="redactor">Takes secrets out of the notes; null: those that Pawl knows by their shape.</param>
public sealed class ModelPlanner(IChatClient model, string name, TimeProvider time, ModelPlannerOptions? options = null, SecretRedactor? redactor = null) : IPlanner
{
    private const int Attempts = 2;

    private readonly ModelPlannerOptions _options = options ?? new ModelPlannerOptions();
    private readonly SecretRedactor _redactor = redactor ?? SecretRedactor.Default;

    /// <inheritdoc/>
    public async Task<PlannerAnswer> PlanAsync(Contract contract, ExperimentState state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(state);
        cancellationToken.ThrowIfCancellationRequested();
        var rule = RuleBasedPlanner.Plan(contract, state);
        if (state is { IsAllocated: true } or { Recorded.IsTerminal: true } || rule.ToolProposals.Count == 0) return new PlannerAnswer(rule, RuleBasedPlanner.Name, []);
        var notes = new List<string>();
        var plan = Question(contract, state, rule, notes) is { } question ? await AskAsync(contract, state, rule, question, notes, cancellationToken).ConfigureAwait(false) : null;
        if (plan is null) notes.Add("the rule's plan is used");
        string[] clean = [.. notes.Select(Clean)];
        return plan is null ? new PlannerAnswer(rule, RuleBasedPlanner.Name, clean) : new PlannerAnswer(plan, "model:" + name, clean);
    }

    private string? Question(Contract contract, ExperimentState state, Plan rule, List<string> notes)
    {
        var question = PlannerPrompt.Question(contract, state, rule);
        if (!ReferenceEquals(_redactor.Redact(question), question)) notes.Add("the model was not asked: the contract holds what looks like a secret");
        else if (Encoding.UTF8.GetByteCount(question) is var bytes && bytes > Limits.PlannerBytes) notes.Add($"the model was not asked: the question has {bytes} bytes, more than the {Limits.PlannerBytes} allowed");
        else return question;
        return null;
    }

    private async Task<Plan?> AskAsync(Contract contract, ExperimentState state, Plan rule, string question, List<string> notes, CancellationToken cancellationToken)
    {
        var chat = new ChatOptions
        {
            MaxOutputTokens = _options.MaxOutputTokens,
            ResponseFormat = ChatResponseFormat.ForJsonSchema(PlanSchema.For(contract, rule.ToolProposals), "plan", "How the experiment begins."),
        };
        List<ChatMessage> conversation = [new(ChatRole.System, PlannerPrompt.Instructions), new(ChatRole.User, question)];
        using var total = new CancellationTokenSource(_options.TotalTimeout, time);
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            var answer = await AnswerAsync(conversation, chat, total.Token, cancellationToken).ConfigureAwait(false);
            if (answer is not ModelAnswer.Text(var text))
            {
                notes.Add($"answer {attempt}: {((ModelAnswer.None)answer).Why}");
                return null;
            }

            var (plan, errors) = Judge(contract, state, rule, text);
            if (plan is not null) return plan;
            notes.Add($"answer {attempt} was refused: {string.Join("; ", errors)}");
            conversation.AddRange([new ChatMessage(ChatRole.Assistant, text), new ChatMessage(ChatRole.User, PlannerPrompt.Repair(errors))]);
        }

        return null;
    }

    private async Task<ModelAnswer> AnswerAsync(IReadOnlyList<ChatMessage> conversation, ChatOptions chat, CancellationToken total, CancellationToken cancellationToken)
    {
        using var one = new CancellationTokenSource(_options.Timeout, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(one.Token, total, cancellationToken);
        try
        {
            // A client may not listen to its token; the caller does not wait for it.
            return ModelAnswer.Of(await model.GetResponseAsync(conversation, chat, any.Token).WaitAsync(any.Token).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (total.IsCancellationRequested) return new ModelAnswer.None($"no plan came within {_options.TotalTimeout.TotalSeconds} s");
            if (one.IsCancellationRequested) return new ModelAnswer.None($"none came within {_options.Timeout.TotalSeconds} s");
            return new ModelAnswer.None($"the model could not be asked: {e.Message}");
        }
    }

    private static (Plan? Plan, IReadOnlyList<string> Errors) Judge(Contract contract, ExperimentState state, Plan rule, string text)
    {
        try
        {
            if (!text.AsSpan().TrimStart().StartsWith('{')) return (null, [$"expected one JSON object and nothing else, found \"{ShortText.Start(text.Trim(), 60)}\""]);
            var plan = PlanJson.Read(Encoding.UTF8.GetBytes(text));
            List<string> errors = [.. PlanVerifier.Verify(contract, state, plan) is PlanJudgement.Refused refused ? refused.Errors : [], .. Choices(rule, plan)];
            return errors.Count == 0 ? (plan, []) : (null, errors);
        }
        catch (BadInputException e)
        {
            return (null, [e.Message]);
        }
    }

    // The verifier admits what may be done; of that, a model has the choice of what the rule would do now. So it files no tickets and names no runs.
    private static IEnumerable<string> Choices(Plan rule, Plan plan)
    {
        if (plan.ToolProposals.Count == 0) yield return "tool_proposals: expected at least the first of the steps";
        foreach (var (i, proposal) in plan.ToolProposals.Index())
        {
            if (!rule.ToolProposals.Any(step => IsSame(step, proposal))) yield return $"tool_proposals[{i}]: it is none of the steps; there are {string.Join(", ", rule.ToolProposals.Select(step => step.Name))}, each with the arguments and the key given";
            if (plan.ToolProposals.Take(i).Any(before => before.IdempotencyKey == proposal.IdempotencyKey)) yield return $"tool_proposals[{i}]: it stands twice";
        }
    }

    private static bool IsSame(ToolProposal step, ToolProposal proposal)
    {
        try
        {
            return step.Name == proposal.Name && step.IdempotencyKey == proposal.IdempotencyKey && CanonicalJson.Digest(step.Args) == CanonicalJson.Digest(proposal.Args);
        }
        catch (BadInputException)
        {
            return false; // what has no canonical form is none of the steps
        }
    }

    // Redacted before it is cut, or half a secret could stand at the end.
    private string Clean(string note)
    {
        var line = string.Join(' ', _redactor.Redact(note).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= Limits.PlannerNoteCharacters ? line : ShortText.Start(line, Limits.PlannerNoteCharacters - 1) + "…";
    }
}
