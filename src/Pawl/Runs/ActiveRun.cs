using System.Globalization;
using System.Text.Json;

namespace Pawl.Runs;

/// <summary>
/// A run that goes on: the handle for recording into it, from as many threads as there are. Every method takes a snapshot of what it is
/// given. After <see cref="EndRunAsync"/>, or when another process took the run over, they log a warning and do nothing.
/// </summary>
public sealed class ActiveRun
{
    private readonly RunRecorder _recorder;
    private readonly TimeProvider _time;
    private readonly long _startedTimestamp;
    private readonly Lock _progressLock = new();
    private readonly ProgressMonitor _progress;
    private long _nextDecision;
    private long _nextProblem;
    private volatile string _node;
    private int _ended;

    internal ActiveRun(RunRecorder recorder, RunId id, string goalId, DateTimeOffset startedAt, ResumeOutcome.Resumed from)
    {
        _recorder = recorder;
        _time = recorder.Time;
        _startedTimestamp = _time.GetTimestamp();
        _progress = new ProgressMonitor(recorder.Options.NoProgressAfter);
        (Id, GoalId, StartedAt) = (id, goalId, startedAt);
        (LastEvent, _nextDecision, _nextProblem, _node) = (from.LastEvent, from.NextDecision, from.NextProblem, from.NodeId ?? "unknown");
    }

    /// <summary>The run's id.</summary>
    public RunId Id { get; }

    /// <summary>The run's goal.</summary>
    public string GoalId { get; }

    /// <summary>When the run started, or when this process took it over.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>Whether the run has ended, as far as this process is concerned.</summary>
    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>The start, while neither the store nor the spill file took it; the recorder's pump brings it in before anything else of the run.</summary>
    internal (Run Run, string Line)? LostStart { get; set; }

    // Counted by the recorder's pump alone, when an event takes its turn.
    internal long LastEvent { get; set; }

    /// <summary>Says which node of the agent's graph runs now; decisions belong to the node set last, else to <c>unknown</c>.</summary>
    public void SetNode(string nodeId)
    {
        if (!Ended(nameof(SetNode))) Wait(MoveTo(Names.Checked(nodeId, nameof(nodeId))));
    }

    /// <summary>Records a decision and returns its id, <c>dec_{n}</c>.</summary>
    /// <param name="intent">What the agent wants to achieve.</param>
    /// <param name="options">What it could do; ids unique, at most 256.</param>
    /// <param name="chosen">The id of the option it takes.</param>
    /// <param name="reasoning">Why.</param>
    /// <param name="type">What kind of choice it is.</param>
    /// <param name="activeConstraints">The constraints in force.</param>
    /// <param name="inputContext">What the agent knew: a JSON object, or any object that becomes one.</param>
    /// <exception cref="ArgumentException">An option's id stands twice, the chosen one is not among them, a confidence is not within 0..1.</exception>
    public string Decide(
        string intent,
        IReadOnlyList<Option> options,
        string chosen,
        string reasoning = "",
        DecisionType type = DecisionType.Custom,
        IReadOnlyList<string>? activeConstraints = null,
        object? inputContext = null)
    {
        var decision = New(intent, options, chosen, reasoning, type, activeConstraints, inputContext);
        return Record(decision, out var durable) is { } id ? Waited(id, durable) : "";
    }

    /// <summary>Records a decision and returns its id when it is durable, whatever the recorder's mode; see <see cref="Decide"/>. Where neither the
    /// store nor the spill file takes it, it returns all the same: <see cref="RunRecorder.Lost"/> counts that.</summary>
    public async Task<string> DecideAsync(
        string intent,
        IReadOnlyList<Option> options,
        string chosen,
        string reasoning = "",
        DecisionType type = DecisionType.Custom,
        IReadOnlyList<string>? activeConstraints = null,
        object? inputContext = null)
    {
        var id = Record(New(intent, options, chosen, reasoning, type, activeConstraints, inputContext), out var durable, wait: true);
        await durable.ConfigureAwait(false);
        return id ?? "";
    }

    /// <summary>Records a decision that had no alternative: one option <c>action</c> of the type <c>execute</c>.</summary>
    public string QuickDecision(string intent, string action, string reasoning = "") =>
        Decide(intent, [new Option { Id = "action", Description = action, ActionType = "execute" }], "action", reasoning);

    /// <summary>Records what came of a decision. All outcomes are kept, the last one counts.</summary>
    /// <exception cref="ArgumentException">The run made no such decision, or tokens or milliseconds are negative.</exception>
    public void RecordOutcome(string decisionId, Outcome outcome) => Wait(RecordCore(decisionId, outcome));

    /// <summary>Records what came of a decision, and ends when that is durable, whatever the recorder's mode; see <see cref="RecordOutcome"/>.</summary>
    public Task RecordOutcomeAsync(string decisionId, Outcome outcome) => RecordCore(decisionId, outcome, wait: true);

    /// <summary>Records a success.</summary>
    public void RecordSuccess(string decisionId, object? result = null, string summary = "") =>
        RecordOutcome(decisionId, new Outcome { Success = true, Result = Json.From(result), Summary = summary });

    /// <summary>Records a failure with its error in words.</summary>
    public void RecordFailure(string decisionId, string error) => RecordOutcome(decisionId, new Outcome { Success = false, Error = error });

    /// <summary>Records the decision, does it, and records what came of it with the time it took. A failure is rethrown.</summary>
    public T DecideAndExecute<T>(string intent, IReadOnlyList<Option> options, string chosen, Func<T> execute, string reasoning = "")
    {
        if (typeof(Task).IsAssignableFrom(typeof(T)) || typeof(T) == typeof(ValueTask)
            || (typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(ValueTask<>)))
            throw new ArgumentException("The work is asynchronous; use DecideAndExecuteAsync, which waits for it.", nameof(execute));
        var id = Decide(intent, options, chosen, reasoning, DecisionType.ToolSelection);
        var start = _time.GetTimestamp();
        try
        {
            var result = execute();
            RecordResult(id, result, start);
            return result;
        }
        catch (Exception e)
        {
            RecordException(id, e, start);
            throw;
        }
    }

    /// <summary>Records the decision, does it, and records what came of it with the time it took. A failure is rethrown; a
    /// cancellation is recorded as one.</summary>
    public async Task<T> DecideAndExecuteAsync<T>(
        string intent,
        IReadOnlyList<Option> options,
        string chosen,
        Func<CancellationToken, Task<T>> execute,
        string reasoning = "",
        CancellationToken cancellationToken = default)
    {
        var id = Decide(intent, options, chosen, reasoning, DecisionType.ToolSelection);
        var start = _time.GetTimestamp();
        try
        {
            var result = await execute(cancellationToken).ConfigureAwait(false);
            RecordResult(id, result, start);
            return result;
        }
        catch (Exception e)
        {
            RecordException(id, e, start);
            throw;
        }
    }

    /// <summary>Records a judgement of a decision; the last one counts.</summary>
    /// <exception cref="ArgumentException">The run made no such decision, or a score is not within 0..1.</exception>
    public void Evaluate(string decisionId, DecisionEvaluation evaluation) => Wait(EvaluateCore(decisionId, evaluation));

    /// <summary>Records that an edge of the agent's graph was traversed.</summary>
    public void TraverseEdge(string edgeId)
    {
        if (Ended(nameof(TraverseEdge))) return;
        Wait(Post(EventWriter.Edge(Id, Names.Checked(edgeId, nameof(edgeId)))));
    }

    /// <summary>Records a problem and returns its id, <c>prob_{n}</c>.</summary>
    /// <param name="severity">See <see cref="Severity"/>.</param>
    /// <param name="description">What went wrong.</param>
    /// <param name="rootCause">Why, where that is known.</param>
    /// <param name="decisionId">The decision it belongs to.</param>
    /// <param name="suggestedFix">What might help.</param>
    /// <exception cref="ArgumentException">The severity is none of the three, or the run made no such decision.</exception>
    public string ReportProblem(string severity, string description, string? rootCause = null, string? decisionId = null, string? suggestedFix = null)
    {
        var problem = new Problem
        {
            Id = "",
            Severity = severity,
            Description = description,
            RootCause = rootCause,
            DecisionId = decisionId,
            Timestamp = Now(),
            SuggestedFix = suggestedFix,
        };
        return Record(problem, out var durable) is { } id ? Waited(id, durable) : "";
    }

    /// <summary>
    /// Ends the run and returns when all that was recorded is durable. Without a narrative one is derived from what was recorded.
    /// </summary>
    public async Task<FlushOutcome> EndRunAsync(RunStatus status, string narrative = "", object? outputData = null, CancellationToken cancellationToken = default)
    {
        if (status is RunStatus.Running or RunStatus.Stuck)
            throw new ArgumentException("A run ends as completed, failed or cancelled.", nameof(status));
        _ = End(status, narrative, DecisionRules.Object(outputData, nameof(outputData)), Extras.None);
        return await _recorder.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    internal Task<bool> End(RunStatus status, string narrative, JsonElement output, IReadOnlyDictionary<string, JsonElement> extra)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            _recorder.WarnEnded(Id, "EndRun");
            return Task.FromResult(false);
        }

        _recorder.Forget(this);
        var run = new Run
        {
            Id = Id,
            GoalId = GoalId,
            StartedAt = StartedAt,
            Status = status,
            CompletedAt = Now(),
            Narrative = narrative,
            OutputData = output,
            Extra = extra,
        };
        var payload = EventWriter.End(run);
        return _recorder.Enqueue(this, payload.Length <= Limits.EventBytes ? payload : EventWriter.End(EventFit.Shrink(run, payload.Length)));
    }

    /// <summary>Another process records the run now; this handle does nothing any more.</summary>
    internal void TakenOver()
    {
        Interlocked.Exchange(ref _ended, 1);
        _recorder.Forget(this);
    }

    internal Task<bool> MoveTo(string nodeId)
    {
        _node = nodeId;
        return Post(EventWriter.SetNode(Id, nodeId));
    }

    internal string CurrentNode => _node;

    internal TimeProvider Time => _time;

    internal DateTimeOffset Now() => StartedAt + _time.GetElapsedTime(_startedTimestamp);

    /// <summary>Records a decision under the next id; null on an ended run.</summary>
    internal string? Record(Decision decision, out Task<bool> durable, bool wait = false)
    {
        DecisionRules.Check(decision);
        durable = Task.FromResult(false);
        if (Ended(nameof(Decide))) return null;
        var id = string.Create(CultureInfo.InvariantCulture, $"dec_{Interlocked.Increment(ref _nextDecision) - 1}");
        if (_recorder.Options.NoProgressAfter > 0)
        {
            lock (_progressLock)
                _progress.Decided(id, decision.Intent, decision.ChosenOptionId, decision.ChosenOption?.ActionParams ?? default);
        }

        var payload = EventWriter.Decide(Id, decision with { Id = id }, out var clean);
        if (payload.Length > Limits.EventBytes)
            payload = EventWriter.Decide(Id, EventFit.Shrink(decision with { Id = id }, payload.Length), out clean);
        durable = Post(payload, wait, clean);
        return id;
    }

    internal string? Record(Problem problem, out Task<bool> durable)
    {
        DecisionRules.Check(problem);
        durable = Task.FromResult(false);
        if (Ended(nameof(ReportProblem))) return null;
        if (problem.DecisionId is { } decisionId) Known(decisionId);
        var id = string.Create(CultureInfo.InvariantCulture, $"prob_{Interlocked.Increment(ref _nextProblem) - 1}");
        var payload = EventWriter.Problem(Id, problem with { Id = id });
        durable = Post(payload.Length <= Limits.EventBytes ? payload : EventWriter.Problem(Id, EventFit.Shrink(problem with { Id = id })));
        return id;
    }

    internal Task<bool> RecordCore(string decisionId, Outcome outcome, bool wait = false)
    {
        DecisionRules.Check(outcome);
        if (Ended(nameof(RecordOutcome))) return Task.FromResult(false);
        Known(decisionId);
        if (outcome.Timestamp is null) outcome = outcome with { Timestamp = Now() };
        var payload = EventWriter.Outcome(Id, decisionId, outcome);
        if (payload.Length > Limits.EventBytes)
            payload = EventWriter.Outcome(Id, decisionId, EventFit.Shrink(outcome, payload.Length));
        var durable = Post(payload, wait);
        int same;
        lock (_progressLock) same = _progress.CameOut(decisionId, outcome);
        if (same > 0)
        {
            ReportProblem(
                Severity.Warning,
                $"No progress: the same decision had the same result {same} times among the last ten",
                outcome.Error,
                decisionId,
                "Stop after a few repetitions, or give the agent the earlier results so that it chooses something else");
        }

        return durable;
    }

    internal Task<bool> EvaluateCore(string decisionId, DecisionEvaluation evaluation)
    {
        DecisionRules.Check(evaluation);
        if (Ended(nameof(Evaluate))) return Task.FromResult(false);
        Known(decisionId);
        var payload = EventWriter.Evaluate(Id, decisionId, evaluation);
        return Post(payload.Length <= Limits.EventBytes ? payload : EventWriter.Evaluate(Id, decisionId, EventFit.Shrink(evaluation)));
    }

    internal bool Knows(string decisionId) =>
        decisionId.StartsWith("dec_", StringComparison.Ordinal)
        && long.TryParse(decisionId.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var n)
        && n < Volatile.Read(ref _nextDecision)
        && (decisionId.Length == 5 || decisionId[4] != '0');

    internal Task<bool> Post(byte[] payload, bool wait = false, Range clean = default) => _recorder.Enqueue(this, payload, wait, clean);

    private Decision New(
        string intent, IReadOnlyList<Option> options, string chosen, string reasoning, DecisionType type, IReadOnlyList<string>? activeConstraints, object? inputContext) =>
        new Decision
        {
            Id = "",
            Timestamp = Now(),
            NodeId = _node,
            Intent = intent,
            DecisionType = type,
            Options = options,
            ChosenOptionId = chosen,
            Reasoning = reasoning,
            ActiveConstraints = activeConstraints ?? [],
            InputContext = DecisionRules.Object(inputContext, nameof(inputContext)),
        };

    private void Known(string decisionId)
    {
        if (!Knows(decisionId))
            throw new ArgumentException($"The run {Id} made no decision \"{decisionId}\"; Decide returns the id to use.", nameof(decisionId));
    }

    private void RecordResult<T>(string id, T result, long start)
    {
        if (id.Length > 0) RecordOutcome(id, new Outcome { Success = true, Result = Json.FromAny(result), LatencyMs = Milliseconds(start) });
    }

    private void RecordException(string id, Exception e, long start)
    {
        if (id.Length == 0) return;
        var error = e is OperationCanceledException ? "Cancelled: " + e.Message : e.Message;
        RecordOutcome(id, new Outcome { Success = false, Error = error, LatencyMs = Milliseconds(start) });
    }

    private long Milliseconds(long start) => (long)Math.Round(_time.GetElapsedTime(start).TotalMilliseconds);

    private bool Ended(string method)
    {
        if (!HasEnded) return false;
        _recorder.WarnEnded(Id, method);
        return true;
    }

    private void Wait(Task durable)
    {
        if (_recorder.Options.Durable) durable.GetAwaiter().GetResult();
    }

    private string Waited(string id, Task durable)
    {
        Wait(durable);
        return id;
    }
}
