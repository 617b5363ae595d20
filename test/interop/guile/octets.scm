;;; Octets that both sides know, and how a program tells the test what it has seen.
(define-module (octets)
  #:use-module (rnrs bytevectors)
  #:use-module (ice-9 binary-ports)
  #:export (octet make-octets first-wrong say send-all recv-all verdict))

;; The octet at `index`; `salt` tells the ways apart. The same formula is in test/interop/guile-child.ts.
(define (octet index salt)
  (logand (+ (* 31 index) (* 7 (ash index -8)) salt) 255))

(define (make-octets count salt)
  (let ((octets (make-bytevector count)))
    (do ((i 0 (1+ i))) ((= i count) octets)
      (bytevector-u8-set! octets i (octet i salt)))))

;; Where the first `count` of `octets` are not those from `offset` on; -1 if they all are.
(define (first-wrong octets count offset salt)
  (let loop ((i 0))
    (cond ((= i count) -1)
          ((= (bytevector-u8-ref octets i) (octet (+ offset i) salt)) (loop (1+ i)))
          (else (+ offset i)))))

;; One line of JSON: an event, and integers.
(define (say event . fields)
  (format #t "{\"event\":\"~a\"" event)
  (let loop ((rest fields))
    (unless (null? rest)
      (format #t ",\"~a\":~a" (car rest) (cadr rest))
      (loop (cddr rest))))
  (format #t "}~%")
  (force-output))

(define (verdict received wrong)
  (say "done" "received" received "wrong" wrong))

;; `send` may take less than it is given, and always begins at the start.
(define (send-all socket octets)
  (let ((left (- (bytevector-length octets) (send socket octets))))
    (unless (zero? left)
      (let ((rest (make-bytevector left)))
        (bytevector-copy! octets (- (bytevector-length octets) left) rest 0 left)
        (send-all socket rest)))))

;; Reads to the end of the stream: how many octets, and the first wrong one, as two values.
(define (recv-all socket salt)
  (let ((buffer (make-bytevector 65536)))
    (let loop ((received 0) (wrong -1))
      (let ((count (recv! socket buffer)))
        (if (zero? count)
            (values received wrong)
            (loop (+ received count)
                  (if (= wrong -1) (first-wrong buffer count received salt) wrong)))))))
